// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.agent.Agent.Chore;
import io.wirespan.agent.Agent.Clock;
import io.wirespan.bpf.LiveCapture;
import io.wirespan.bpf.LiveOptions;
import io.wirespan.capture.CaptureFileSource;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.PacketSource;
import io.wirespan.capture.SetupException;
import io.wirespan.capture.Side;
import io.wirespan.evidence.Evidence;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.ExchangeHandler;
import io.wirespan.protocol.ProtocolLimits;
import io.wirespan.tcp.ConnectionObserver;
import io.wirespan.telemetry.ConfigurationException;
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
  private Optional<Evidence> evidence = Optional.empty();

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
    if (options.workers() > 1) {
      LOG.warn("--workers {}: this version captures with one thread", options.workers());
    }
    if (options.evidence().isPresent()) {
      evidence = Optional.of(Evidence.open(options.evidence().get()));
    }
    Outputs outputs = Outputs.open(outputOptions(), evidence.map(each -> each::onExchange));
    try {
      return options.read().isPresent() ? replay(outputs) : live(outputs);
    } catch (SetupException e) {
      outputs.close();
      throw e;
    }
  }

  private Agent replay(Outputs outputs) throws SetupException {
    CaptureFileSource file =
        CaptureFileSource.open(options.read().orElseThrow(), options.side().orElse(Side.UNKNOWN));
    return agent(file, outputs, outputs, progressOf(file), Clock.PACKETS);
  }

  private Agent live(Outputs outputs) throws SetupException {
    LiveCapture capture = LiveCapture.open(liveOptions());
    for (CaptureInterface each : capture.interfaces()) {
      LOG.info("attached to {} (ifindex {}, side {})", each.name(), each.ifindex(), each.side());
    }
    ExchangeHandler handler = exchange -> outputs.onExchange(byWallClock(exchange, capture));
    return agent(capture, handler, outputs, Optional.empty(), Clock.SOURCE);
  }

  private Exchange byWallClock(Exchange exchange, PacketSource source) {
    long correction = source.clockCorrectionNanos();
    evidence.ifPresent(each -> each.clockCorrection(correction));
    return correction == 0 ? exchange : exchange.shifted(correction);
  }

  private Agent agent(
      PacketSource source,
      ExchangeHandler handler,
      Outputs outputs,
      Optional<ProgressLine> progress,
      Clock clock) {
    Tracer tracer =
        new Tracer(
            options.rules(),
            outputs.headerSelection(),
            protocolLimits(),
            handler,
            evidence.<ConnectionObserver>map(each -> each).orElse(ConnectionObserver.NONE));
    FileOutputStream standardError = new FileOutputStream(FileDescriptor.err);
    Reporter results = new Reporter(source, tracer, outputs, evidence, standardError, progress);
    chores.add(new Chore(HEAP_CHECK, new HeapWatch()::check));
    options.statsEvery().ifPresent(every -> chores.add(new Chore(every, results::account)));
    if (clock == Clock.SOURCE) {
      options
          .openEvery()
          .ifPresent(every -> chores.add(new Chore(every, () -> results.listOpen(every))));
    }
    return new Agent(source, tracer, results, clock, chores);
  }

  private LiveOptions liveOptions() {
    return new LiveOptions(
        options.interfaces().stream().map(Assembly::selection).toList(),
        options.netns(),
        options.side(),
        options.rules(),
        options.ringBytes());
  }

  private static LiveOptions.Selection selection(AgentOptions.InterfaceChoice choice) {
    return switch (choice) {
      case AgentOptions.InterfaceChoice.ByIndex(int ifindex, Optional<String> service) ->
          new LiveOptions.Selection(Integer.toString(ifindex), service);
      case AgentOptions.InterfaceChoice.ByName(String name, Optional<String> service) ->
          new LiveOptions.Selection(name, service);
    };
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
