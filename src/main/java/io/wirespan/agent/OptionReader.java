// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.agent.AgentOptions.InterfaceChoice;
import io.wirespan.bpf.LiveOptions;
import io.wirespan.capture.Side;
import io.wirespan.capture.TraceRules;
import io.wirespan.evidence.Condition;
import io.wirespan.evidence.ConditionException;
import io.wirespan.evidence.EvidenceOptions;
import io.wirespan.telemetry.OutputKind;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Turns the text of options into what it stands for, or says what is wrong with it. */
final class OptionReader {
  private static final int MAX_WORKERS = 64;
  private static final int MAX_SECONDS = 86_400;
  private static final int MIN_RING_BYTES = 64 << 10;
  private static final int MAX_RING_BYTES = 1 << 30;
  private static final int MIN_HEADER_BYTES = 1 << 10;
  private static final int DEFAULT_HEADER_BYTES = 256 << 10;
  private static final int MAX_HEADER_BYTES = 16 << 20;
  private static final int DEFAULT_EVIDENCE_FILES = 1000;
  private static final int MAX_EVIDENCE_FILES = 1_000_000;
  private static final int MIN_EVIDENCE_BYTES = 64 << 10;
  private static final int DEFAULT_EVIDENCE_BYTES = 256 << 20;

  /** A token of RFC 9110, section 5.6.2. */
  private static final String FIELD_NAME = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

  private static final String OTLP_ENDPOINT = "OTEL_EXPORTER_OTLP(_[A-Z]+)?_ENDPOINT";

  private final OptionValues values;
  private final Map<String, String> environment;

  private OptionReader(OptionValues values, Map<String, String> environment) {
    this.values = values;
    this.environment = environment;
  }

  static AgentOptions read(OptionValues values, Map<String, String> environment)
      throws InvalidOptionException {
    return new OptionReader(values, environment).read();
  }

  private AgentOptions read() throws InvalidOptionException {
    chooseSource();
    return new AgentOptions(
        interfaces(),
        text(Option.NETNS),
        side(),
        text(Option.READ),
        rules(),
        outputs(),
        captureHeaders(),
        color(),
        evidence(),
        seconds(Option.STATS),
        seconds(Option.REPORT_OPEN),
        integer(Option.WORKERS, 1, 1, MAX_WORKERS, "a number of threads"),
        ringBytes(),
        skipBodies(),
        headerBytes());
  }

  /**
   * A file excludes interfaces. Of two origins the stronger one decides, so that a file can be read
   * although a configuration names interfaces.
   */
  private void chooseSource() throws InvalidOptionException {
    Optional<OptionValue> read = values.one(Option.READ);
    for (Option live : List.of(Option.INTERFACE, Option.IFINDEX, Option.NETNS)) {
      Optional<OptionValue> other = values.one(live);
      if (read.isEmpty() || other.isEmpty()) {
        continue;
      }
      int order = read.get().origin().compareTo(other.get().origin());
      if (order == 0) {
        throw read.get().invalid("cannot be used together with " + live.key());
      }
      values.remove(order < 0 ? live : Option.READ);
    }
  }

  private List<InterfaceChoice> interfaces() throws InvalidOptionException {
    List<InterfaceChoice> interfaces = new ArrayList<>();
    for (OptionValue value : values.all(Option.IFINDEX)) {
      String text = value.before('=').text();
      if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) == 0) {
        throw value.invalid("not the index of an interface");
      }
      interfaces.add(new InterfaceChoice.ByIndex(Integer.parseInt(text), service(value)));
    }
    for (OptionValue value : values.all(Option.INTERFACE)) {
      String name = value.before('=').text();
      if (name.isEmpty() || name.indexOf('/') >= 0 || name.indexOf(' ') >= 0) {
        throw value.invalid("not the name of an interface");
      }
      interfaces.add(new InterfaceChoice.ByName(name, service(value)));
    }
    return interfaces;
  }

  private static Optional<String> service(OptionValue value) throws InvalidOptionException {
    int equals = value.text().indexOf('=');
    if (equals < 0) {
      return Optional.empty();
    }
    String service = value.text().substring(equals + 1);
    if (service.isBlank()) {
      throw value.invalid("the name of the service is missing");
    }
    return Optional.of(service);
  }

  private Optional<String> text(Option option) throws InvalidOptionException {
    Optional<OptionValue> value = values.one(option);
    if (value.isPresent() && value.get().text().isBlank()) {
      throw value.get().invalid("a value is missing");
    }
    return value.map(OptionValue::text);
  }

  private Optional<Side> side() throws InvalidOptionException {
    Optional<OptionValue> value = values.one(Option.SIDE);
    if (value.isEmpty()) {
      return Optional.empty();
    }
    return switch (value.get().text()) {
      case "inside" -> Optional.of(Side.INSIDE);
      case "outside" -> Optional.of(Side.OUTSIDE);
      default -> throw value.get().invalid("neither inside nor outside");
    };
  }

  private TraceRules rules() throws InvalidOptionException {
    Map<Integer, TraceRules.Port> ports = new HashMap<>();
    for (OptionValue value : values.all(Option.PORT)) {
      TraceRules.Port port = Destinations.port(value);
      TraceRules.Port before = ports.putIfAbsent(port.port(), port);
      if (before != null && before.protocol() != port.protocol()) {
        throw value.invalid("that port was given another protocol before");
      }
    }
    Set<TraceRules.Destination> destinations = new LinkedHashSet<>();
    for (OptionValue value : values.all(Option.EGRESS)) {
      destinations.add(Destinations.destination(value));
    }
    List<TraceRules.Port> incoming = ports.keySet().stream().sorted().map(ports::get).toList();
    return new TraceRules(incoming, List.copyOf(destinations));
  }

  private Set<OutputKind> outputs() throws InvalidOptionException {
    List<OptionValue> given = values.all(Option.OUTPUT);
    if (given.isEmpty()) {
      boolean otlp =
          environment.entrySet().stream()
              .anyMatch(e -> e.getKey().matches(OTLP_ENDPOINT) && !e.getValue().isBlank());
      return Set.of(otlp ? OutputKind.OTLP : OutputKind.CONSOLE);
    }
    Set<OutputKind> outputs = EnumSet.noneOf(OutputKind.class);
    for (OptionValue value : given) {
      outputs.add(
          switch (value.text()) {
            case "console" -> OutputKind.CONSOLE;
            case "json" -> OutputKind.JSON;
            case "otlp" -> OutputKind.OTLP;
            case "none" -> OutputKind.NONE;
            default -> throw value.invalid("no such output (console, json, otlp or none)");
          });
    }
    if (outputs.contains(OutputKind.NONE) && outputs.size() > 1) {
      throw given.getFirst().invalid("none excludes other outputs");
    }
    return outputs;
  }

  private Set<String> captureHeaders() throws InvalidOptionException {
    Set<String> names = new LinkedHashSet<>();
    for (OptionValue value : values.all(Option.CAPTURE_HEADER)) {
      if (!value.text().matches(FIELD_NAME)) {
        throw value.invalid("not the name of a header field");
      }
      names.add(value.text().toLowerCase(Locale.ROOT));
    }
    return names;
  }

  private ColorMode color() throws InvalidOptionException {
    Optional<OptionValue> value = values.one(Option.COLOR);
    if (value.isEmpty()) {
      return ColorMode.AUTO;
    }
    return switch (value.get().text()) {
      case "auto" -> ColorMode.AUTO;
      case "always" -> ColorMode.ALWAYS;
      case "never" -> ColorMode.NEVER;
      default -> throw value.get().invalid("not auto, always or never");
    };
  }

  private Optional<Duration> seconds(Option option) throws InvalidOptionException {
    int seconds = integer(option, 0, 1, MAX_SECONDS, "a number of seconds");
    return seconds == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(seconds));
  }

  private int integer(Option option, int fallback, int least, int most, String what)
      throws InvalidOptionException {
    Optional<OptionValue> value = values.one(option);
    return value.isPresent() ? value.get().integer(least, most, what) : fallback;
  }

  /** The expression is looked at even if nothing is to be written. */
  private Optional<EvidenceOptions> evidence() throws InvalidOptionException {
    Condition when = evidenceWhen();
    int files =
        integer(
            Option.EVIDENCE_MAX_FILES,
            DEFAULT_EVIDENCE_FILES,
            1,
            MAX_EVIDENCE_FILES,
            "a number of files");
    Optional<OptionValue> maxBytes = values.one(Option.EVIDENCE_MAX_BYTES);
    int bytes =
        maxBytes.isPresent()
            ? maxBytes.get().bytes(MIN_EVIDENCE_BYTES, Integer.MAX_VALUE)
            : DEFAULT_EVIDENCE_BYTES;
    Optional<String> directory = text(Option.EVIDENCE);
    try {
      return directory.map(name -> new EvidenceOptions(Path.of(name), when, files, bytes));
    } catch (InvalidPathException e) {
      throw values.all(Option.EVIDENCE).getFirst().invalid("not the name of a directory");
    }
  }

  private Condition evidenceWhen() throws InvalidOptionException {
    Optional<OptionValue> value = values.one(Option.EVIDENCE_WHEN);
    try {
      return Condition.parse(value.map(OptionValue::text).orElse(Condition.DEFAULT));
    } catch (ConditionException e) {
      throw value.orElseThrow().invalid(e.getMessage());
    }
  }

  private int ringBytes() throws InvalidOptionException {
    Optional<OptionValue> value = values.one(Option.RING_SIZE);
    if (value.isEmpty()) {
      return LiveOptions.AUTOMATIC_RING_BYTES;
    }
    int bytes = value.get().bytes(MIN_RING_BYTES, MAX_RING_BYTES);
    if (Integer.bitCount(bytes) != 1) {
      throw value.get().invalid("not a power of two, as the kernel wants it");
    }
    return bytes;
  }

  private boolean skipBodies() throws InvalidOptionException {
    Optional<OptionValue> value = values.one(Option.SKIP_BODIES);
    if (value.isEmpty()) {
      return true;
    }
    return switch (value.get().text()) {
      case "on" -> true;
      case "off" -> false;
      default -> throw value.get().invalid("neither on nor off");
    };
  }

  private int headerBytes() throws InvalidOptionException {
    Optional<OptionValue> value = values.one(Option.MAX_HEADER_BYTES);
    return value.isPresent()
        ? value.get().bytes(MIN_HEADER_BYTES, MAX_HEADER_BYTES)
        : DEFAULT_HEADER_BYTES;
  }
}
