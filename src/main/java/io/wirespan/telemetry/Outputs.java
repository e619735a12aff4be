// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.HeaderSelection;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Every output that was asked for, behind one {@link Output}. */
public final class Outputs implements Output {
  private static final HeaderSelection KEEP_NOTHING = new HeaderSelection(Set.of(), Set.of());

  private final LineBuffer lines;
  private final List<Sink> sinks;
  private final Optional<OtlpOutput> otlp;
  private final TraceContext traceContext;
  private final HeaderSelection selection;
  private boolean closed;

  private Outputs(
      LineBuffer lines,
      List<Sink> sinks,
      Optional<OtlpOutput> otlp,
      TraceContext traceContext,
      HeaderSelection selection) {
    this.lines = lines;
    this.sinks = List.copyOf(sinks);
    this.otlp = otlp;
    this.traceContext = traceContext;
    this.selection = selection;
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
    HttpFields fields = HttpFields.of(options);
    List<Sink> sinks = new ArrayList<>();
    further.ifPresent(handler -> sinks.add(new HandlerSink(handler)));
    if (!options.kinds().contains(OutputKind.OTLP) || !OtelSettings.enabled(options)) {
      OtelSdk otel = OtelSdk.configure(options, false);
      return open(options, otel, fields, Optional.empty(), sinks);
    }
    ExportLog log = new ExportLog();
    try {
      OtelSdk otel = OtelSdk.configure(options, true);
      OtlpOutput otlp = new OtlpOutput(otel, fields, log, options.replay());
      return open(options, otel, fields, Optional.of(otlp), sinks);
    } catch (ConfigurationException e) {
      log.close();
      throw e;
    }
  }

  private static Outputs open(
      OutputOptions options,
      OtelSdk otel,
      HttpFields fields,
      Optional<OtlpOutput> otlp,
      List<Sink> sinks) {
    IdSource ids = options.replay() ? new ReplayIds() : new RandomIds();
    TraceContext context = new TraceContext(otel.propagator(), ids);
    LineBuffer lines = new LineBuffer(options.standardOutput());
    otlp.ifPresent(sinks::add);
    if (options.kinds().contains(OutputKind.CONSOLE)) {
      boolean colours = !options.isSet("NO_COLOR");
      sinks.add(new ConsoleOutput(lines, options.terminal(), colours, ZoneId.systemDefault()));
    }
    if (options.kinds().contains(OutputKind.JSON)) {
      sinks.add(new JsonOutput(lines));
    }
    HeaderSelection selection = sinks.isEmpty() ? KEEP_NOTHING : fields.selection(context.fields());
    return new Outputs(lines, sinks, otlp, context, selection);
  }

  /** The header fields that the decoders must keep for these outputs. */
  public HeaderSelection headerSelection() {
    return selection;
  }

  @Override
  public void onExchange(Exchange exchange) {
    if (sinks.isEmpty()) {
      return;
    }
    ReportedExchange report =
        new ReportedExchange(exchange, RequestTarget.of(exchange), traceContext.identify(exchange));
    for (int i = 0; i < sinks.size(); i++) {
      sinks.get(i).accept(report);
    }
  }

  @Override
  public void flushIfDue() {
    if (sinks.isEmpty()) {
      return;
    }
    long now = System.nanoTime();
    for (int i = 0; i < sinks.size(); i++) {
      sinks.get(i).flushIfDue(now);
    }
  }

  @Override
  public void flush() {
    sinks.forEach(Sink::flush);
  }

  @Override
  public boolean failed() {
    return lines.failed();
  }

  @Override
  public OutputCounters counters() {
    return new OutputCounters(
        lines.written(),
        lines.lost(),
        otlp.map(OtlpOutput::exported).orElse(0L),
        otlp.map(OtlpOutput::dropped).orElse(0L),
        otlp.map(OtlpOutput::notSampled).orElse(0L));
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      // Lines first: a collector that is away must not keep them waiting.
      flush();
      sinks.forEach(Sink::close);
    }
  }
}
