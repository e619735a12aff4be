// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.HeaderSelection;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Every output that was asked for, behind one {@link Output}, and behind a writer for each further
 * capture thread.
 */
public final class Outputs implements Output {
  private static final HeaderSelection KEEP_NOTHING = new HeaderSelection(Set.of(), Set.of());

  private final OutputOptions options;
  private final OtelSdk otel;
  private final HttpFields fields;
  private final Optional<OtlpExport> export;
  private final SharedOutput lines;
  private final List<SinkWriter> writers = new ArrayList<>();
  private final SinkWriter first;
  private final HeaderSelection selection;
  private Optional<ConsoleOutput> console = Optional.empty();
  private boolean closed;

  private Outputs(
      OutputOptions options,
      OtelSdk otel,
      Optional<OtlpExport> export,
      HttpFields fields,
      Optional<IdentifiedExchangeHandler> further) {
    this.options = options;
    this.otel = otel;
    this.fields = fields;
    this.export = export;
    this.lines = new SharedOutput(options.standardOutput());
    this.first = newWriter(further);
    this.selection = first.isEmpty() ? KEEP_NOTHING : fields.selection(first.contextFields());
  }

  /**
   * Opens the outputs.
   *
   * @throws ConfigurationException if an OTEL_* variable has a value that cannot be used
   */
  public static Outputs open(OutputOptions options) throws ConfigurationException {
    return open(options, Optional.empty());
  }

  /**
   * Opens the outputs.
   *
   * @param further told of every exchange as well
   * @throws ConfigurationException if an OTEL_* variable has a value that cannot be used
   */
  public static Outputs open(OutputOptions options, Optional<IdentifiedExchangeHandler> further)
      throws ConfigurationException {
    return open(options, further, 1);
  }

  /**
   * Opens the outputs.
   *
   * @param further told of the exchanges of the thread that uses this as its writer
   * @param workers threads that will write, this one included
   * @throws ConfigurationException if an OTEL_* variable has a value that cannot be used
   */
  public static Outputs open(
      OutputOptions options, Optional<IdentifiedExchangeHandler> further, int workers)
      throws ConfigurationException {
    HttpFields fields = HttpFields.of(options);
    if (!options.kinds().contains(OutputKind.OTLP) || !OtelSettings.enabled(options)) {
      OtelSdk otel = OtelSdk.configure(options, false);
      return new Outputs(options, otel, Optional.empty(), fields, further);
    }
    ExportLog log = new ExportLog();
    try {
      OtelSdk otel = OtelSdk.configure(options, true);
      OtlpExport export = new OtlpExport(otel, log, workers, options.replay());
      return new Outputs(options, otel, Optional.of(export), fields, further);
    } catch (ConfigurationException e) {
      log.close();
      throw e;
    }
  }

  /**
   * A writer for another thread, to be made before that thread starts. Lines of one thread keep
   * their order; those of several mix as each hands over what it has.
   *
   * @param further told of that thread's exchanges as well
   */
  public ExchangeWriter another(Optional<IdentifiedExchangeHandler> further) {
    return newWriter(further);
  }

  private SinkWriter newWriter(Optional<IdentifiedExchangeHandler> further) {
    LineBuffer buffer = new LineBuffer(lines);
    List<Sink> sinks = new ArrayList<>();
    further.ifPresent(handler -> sinks.add(new HandlerSink(handler)));
    Optional<OtlpOutput> otlp = export.map(each -> new OtlpOutput(each, fields));
    otlp.ifPresent(sinks::add);
    if (options.kinds().contains(OutputKind.CONSOLE)) {
      sinks.add(newConsole(buffer));
    }
    if (options.kinds().contains(OutputKind.JSON)) {
      sinks.add(new JsonOutput(buffer));
    }
    IdSource ids = options.replay() ? new ReplayIds() : new RandomIds();
    TraceContext context = new TraceContext(otel.propagator(), ids);
    SinkWriter writer = new SinkWriter(buffer, sinks, otlp, context);
    writers.add(writer);
    return writer;
  }

  private ConsoleOutput newConsole(LineBuffer buffer) {
    boolean colours = !options.isSet("NO_COLOR");
    ConsoleOutput made =
        console.isPresent()
            ? console.get().another(buffer)
            : new ConsoleOutput(buffer, options.terminal(), colours, ZoneId.systemDefault());
    console = Optional.of(made);
    return made;
  }

  /** The header fields that the decoders must keep for these outputs. */
  public HeaderSelection headerSelection() {
    return selection;
  }

  @Override
  public void onExchange(Exchange exchange) {
    first.onExchange(exchange);
  }

  @Override
  public void flushIfDue() {
    first.flushIfDue();
  }

  @Override
  public void flush() {
    first.flush();
  }

  @Override
  public boolean failed() {
    return lines.failed();
  }

  @Override
  public OutputCounters counters() {
    return new OutputCounters(
        writers.stream().mapToLong(SinkWriter::written).sum(),
        writers.stream().mapToLong(SinkWriter::lost).sum(),
        export.map(OtlpExport::exported).orElse(0L),
        export.map(OtlpExport::dropped).orElse(0L),
        writers.stream().mapToLong(SinkWriter::notSampled).sum());
  }

  /** Other threads must have flushed their writers. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      // Lines first: a collector that is away must not keep them waiting.
      flush();
      export.ifPresent(OtlpExport::close);
    }
  }
}
