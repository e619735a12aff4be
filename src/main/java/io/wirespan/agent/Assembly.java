// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.agent.Agent.Clock;
import io.wirespan.bpf.LiveCapture;
import io.wirespan.bpf.LiveOptions;
import io.wirespan.capture.CaptureFileSource;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.FlowShare;
import io.wirespan.capture.PacketSource;
import io.wirespan.capture.SetupException;
import io.wirespan.capture.Side;
import io.wirespan.capture.SkipControl;
import io.wirespan.evidence.Evidence;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.ExchangeHandler;
import io.wirespan.protocol.HeaderSelection;
import io.wirespan.protocol.ProtocolLimits;
import io.wirespan.telemetry.ConfigurationException;
import io.wirespan.telemetry.ExchangeWriter;
import io.wirespan.telemetry.IdentifiedExchangeHandler;
import io.wirespan.telemetry.OutputKind;
import io.wirespan.telemetry.OutputOptions;
import io.wirespan.telemetry.Outputs;
import io.wirespan.telemetry.Terminal;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts an agent together from the rooms, as its options ask for. */
final class Assembly {
  private static final Logger LOG = LoggerFactory.getLogger("wirespan");
  private static final Duration PROGRESS = Duration.ofMillis(250);
  private static final Duration HEAP_CHECK = Duration.ofSeconds(1);

  private final AgentOptions options;
  private final Map<String, String> environment;
  private final List<Chore> chores = new ArrayList<>();

  /** One for each worker, or none at all. */
  private List<Evidence> evidence = List.of();

  private Assembly(AgentOptions options, Map<String, String> environment) {
    this.options = options;
    this.environment = environment;
  }

  /**
   * @throws SetupException if the source cannot be opened
   * @throws ConfigurationException if a variable of the environment has a value that cannot be used
   */
  static Agent assemble(AgentOptions options, Map<String, String> environment)
      throws SetupException, ConfigurationException {
    return new Assembly(options, environment).assemble();
  }

  private Agent assemble() throws SetupException, ConfigurationException {
    int workers = workers();
    if (options.evidence().isPresent()) {
      evidence = Evidence.open(options.evidence().get(), workers);
    }
    Outputs outputs = Outputs.open(outputOptions(), evidenceHandler(0), workers);
    try {
      return options.read().isPresent() ? replay(outputs) : live(outputs, workers);
    } catch (SetupException e) {
      outputs.close();
      throw e;
    }
  }

  private int workers() {
    if (options.read().isPresent() && options.workers() > 1) {
      LOG.info("--workers is for interfaces: one thread reads the file, always with one result");
      return 1;
    }
    return options.workers();
  }

  private Agent replay(Outputs outputs) throws SetupException {
    CaptureFileSource file =
        CaptureFileSource.open(options.read().orElseThrow(), options.side().orElse(Side.UNKNOWN));
    Tracer tracer =
        new Tracer(
            options.rules(), outputs.headerSelection(), protocolLimits(), outputs, evidence(0));
    Results results = reporter(file, tracer, List.of(), outputs, progressOf(file));
    return new Agent(file, tracer, results, Clock.PACKETS, chores);
  }

  private Agent live(Outputs outputs, int workers) throws SetupException {
    LiveCapture capture = LiveCapture.open(liveOptions(), workers);
    for (CaptureInterface each : capture.interfaces()) {
      LOG.info("attached to {} (ifindex {}, side {})", each.name(), each.ifindex(), each.side());
    }
    Tracer first =
        liveTracer(new FlowShare(0, workers), outputs.headerSelection(), outputs, capture);
    List<Worker> further = new ArrayList<>();
    for (int i = 1; i < workers; i++) {
      PacketSource source = capture.worker(i);
      ExchangeWriter writer = outputs.another(evidenceHandler(i));
      Tracer tracer =
          liveTracer(new FlowShare(i, workers), outputs.headerSelection(), writer, source);
      further.add(new Worker(source, tracer, writer, openReport(source, tracer)));
    }
    chores.addAll(openReport(capture, first));
    Results results = reporter(capture, first, further, outputs, Optional.empty());
    return new Agent(capture, first, results, Clock.SOURCE, chores, further);
  }

  private Optional<Evidence> evidence(int worker) {
    return evidence.isEmpty() ? Optional.empty() : Optional.of(evidence.get(worker));
  }

  private Optional<IdentifiedExchangeHandler> evidenceHandler(int worker) {
    return evidence(worker).map(each -> each::onExchange);
  }

  /** Evidence is of all packets. */
  private boolean leavesOut() {
    return options.skipBodies() && options.evidence().isEmpty();
  }

  private Tracer liveTracer(
      FlowShare share, HeaderSelection headers, ExchangeHandler to, PacketSource source) {
    Optional<Evidence> packets = evidence(share.worker());
    ExchangeHandler handler = exchange -> to.onExchange(byWallClock(exchange, source, packets));
    SkipControl control = leavesOut() ? source.skipControl() : SkipControl.NONE;
    return new Tracer(options.rules(), headers, protocolLimits(), handler, packets, share, control);
  }

  private static Exchange byWallClock(
      Exchange exchange, PacketSource source, Optional<Evidence> packets) {
    long correction = source.clockCorrectionNanos();
    packets.ifPresent(each -> each.clockCorrection(correction));
    return correction == 0 ? exchange : exchange.shifted(correction);
  }

  private List<Chore> openReport(PacketSource source, Tracer tracer) {
    FileOutputStream standardError = new FileOutputStream(FileDescriptor.err);
    return options
        .openEvery()
        .map(every -> new Chore(every, new OpenReport(source, tracer, every, standardError)))
        .map(List::of)
        .orElse(List.of());
  }

  private Results reporter(
      PacketSource source,
      Tracer tracer,
      List<Worker> further,
      Outputs outputs,
      Optional<ProgressLine> progress) {
    FileOutputStream standardError = new FileOutputStream(FileDescriptor.err);
    chores.add(new Chore(HEAP_CHECK, new HeapWatch()::check));
    Results results = new Reporter(source, tracer, further, outputs, standardError, progress);
    options.statsEvery().ifPresent(every -> chores.add(new Chore(every, results::account)));
    return results;
  }

  private LiveOptions liveOptions() {
    return new LiveOptions(
        options.interfaces().stream().map(Assembly::selection).toList(),
        options.netns(),
        options.side(),
        options.rules(),
        options.ringBytes(),
        leavesOut());
  }

  private static LiveOptions.Selection selection(AgentOptions.InterfaceChoice choice) {
    return new LiveOptions.Selection(choice.nameOrIndex(), choice.service());
  }

  private ProtocolLimits protocolLimits() {
    return ProtocolLimits.DEFAULTS.withHeadBytes(options.maxHeaderBytes());
  }

  private OutputOptions outputOptions() {
    Map<String, String> variables = new HashMap<>(environment);
    if (options.color() == ColorMode.NEVER) {
      variables.put("NO_COLOR", "1");
    }
    return new OutputOptions(
        options.outputs(),
        new FileOutputStream(FileDescriptor.out),
        terminal(),
        options.read().isPresent(),
        options.captureHeaders(),
        options.captureHeaders(),
        variables);
  }

  private Terminal terminal() {
    boolean interactive = options.color() == ColorMode.ALWAYS || Streams.OUTPUT.isTerminal();
    return interactive ? new Terminal(true, Streams.columns(environment)) : Terminal.NONE;
  }

  /** Only where it does not get between the results: those must go somewhere else. */
  private Optional<ProgressLine> progressOf(CaptureFileSource file) {
    boolean quietTerminal =
        !Streams.OUTPUT.isTerminal() || options.outputs().contains(OutputKind.NONE);
    if (!Streams.ERROR.isTerminal() || !quietTerminal) {
      return Optional.empty();
    }
    ProgressLine progress = new ProgressLine(file, System.err);
    chores.add(new Chore(PROGRESS, progress::show));
    return Optional.of(progress);
  }
}
