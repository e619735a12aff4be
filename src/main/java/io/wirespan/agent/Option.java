// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.evidence.Condition;
import java.util.Locale;
import java.util.Optional;

/**
 * Every option: on the command line {@code --port}, in the environment {@code WIRESPAN_PORT}, in a
 * configuration file {@code port}.
 */
enum Option {
  IFINDEX(
      Group.SOURCE,
      true,
      "N[=SERVICE]",
      "Interface to attach to, by its kernel index. SERVICE names the service of its traffic."),
  INTERFACE(Group.SOURCE, true, "NAME[=SERVICE]", "Interface to attach to, by its name."),
  NETNS(
      Group.SOURCE,
      false,
      "PATH|PID",
      "Look the interfaces up in that network namespace, and attach there."),
  SIDE(
      Group.SOURCE,
      false,
      "inside|outside",
      "Where the interfaces are seen from: the workload's own end of its link, or the host's."
          + " Detected by default."),
  READ(
      Group.SOURCE,
      false,
      "FILE",
      "Read a pcap or pcapng file, plain or gzip, instead of interfaces; - is standard input."
          + " Needs no privilege."),
  PORT(
      Group.RULES,
      true,
      "PORT[=PROTOCOL]",
      "Trace incoming connections to that port. PROTOCOL: http (default), http2 or tcp."),
  EGRESS(
      Group.RULES,
      true,
      "[ADDRESS[/PREFIX]:]PORT[=PROTOCOL]",
      "Trace outgoing connections to that port, of that address or network, or of any."
          + " IPv6 addresses stand in brackets."),
  OUTPUT(
      Group.RESULTS,
      true,
      "console|json|otlp|none",
      "Where exchanges go. Default: otlp if OTEL_EXPORTER_OTLP_ENDPOINT, or that of a signal,"
          + " is set, else console."),
  CAPTURE_HEADER(
      Group.RESULTS,
      true,
      "NAME",
      "Also record that header field of requests and responses, as an attribute of spans."),
  COLOR(Group.RESULTS, false, "auto|always|never", "Colours of the console output."),
  STATS(
      Group.RESULTS,
      false,
      "SECONDS",
      "Write the accounting line on standard error this often, and not only at the end."),
  REPORT_OPEN(
      Group.RESULTS,
      false,
      "SECONDS",
      "List on standard error, this often, the exchanges that have been open for so long: long"
          + " polls, event streams, WebSockets, calls that nobody answers."),
  EVIDENCE(
      Group.EVIDENCE,
      false,
      "DIR",
      "Write the packets of slow or failed exchanges there, a pcapng file for each, named by trace"
          + " and span."),
  EVIDENCE_WHEN(
      Group.EVIDENCE,
      false,
      "EXPR",
      "Which exchanges, by status, duration, ttfb, size (of the response's body), method, target,"
          + " host, complete and incomplete, with ==, !=, >, >=, <, <=, =~ (a regular expression),"
          + " and, or, not and parentheses. Default: '"
          + Condition.DEFAULT
          + "'."),
  EVIDENCE_MAX_FILES(
      Group.EVIDENCE, false, "N", "Write no more once the directory holds so many. Default: 1000."),
  EVIDENCE_MAX_BYTES(
      Group.EVIDENCE,
      false,
      "BYTES",
      "Write no more once they are that large together; k and m are understood. Default: 256m."),
  CONFIG(
      Group.TUNING,
      false,
      "FILE",
      "Read options from a YAML file: 'port: [80, 443=tcp]'. The command line wins, then the"
          + " environment (WIRESPAN_PORT=80,443=tcp), then the file."),
  WORKERS(
      Group.TUNING,
      false,
      "N",
      "Capture threads, which share the connections; for interfaces only. Default: 1."),
  RING_SIZE(
      Group.TUNING,
      false,
      "BYTES",
      "Buffer between kernel and agent for each CPU, a power of two; k and m are understood."
          + " Default: 64m for all CPUs, 1m to 16m for each."),
  SKIP_BODIES(
      Group.TUNING,
      false,
      "on|off",
      "Let the kernel leave out the rest of a large body, and all of what is not HTTP, and only"
          + " count it. Default: on; off with --evidence, which is of all packets."),
  MAX_HEADER_BYTES(
      Group.TUNING,
      false,
      "BYTES",
      "Longest head of a message that is decoded; longer ones are reported as parse errors."
          + " Default: 256k.");

  /** A section of the help text. */
  enum Group {
    SOURCE("Where packets come from (default: every interface that is up)"),
    RULES("Which connections are traced (default: those whose bytes look like HTTP)"),
    RESULTS("What comes out"),
    EVIDENCE("Packets to look into later"),
    TUNING("Further");

    private final String heading;

    Group(String heading) {
      this.heading = heading;
    }

    String heading() {
      return heading;
    }
  }

  private final Group group;
  private final boolean list;
  private final String parameter;
  private final String description;

  Option(Group group, boolean list, String parameter, String description) {
    this.group = group;
    this.list = list;
    this.parameter = parameter;
    this.description = description;
  }

  /** The option that a configuration file calls {@code key}. */
  static Optional<Option> ofKey(String key) {
    for (Option option : values()) {
      if (option.key().equals(key)) {
        return Optional.of(option);
      }
    }
    return Optional.empty();
  }

  String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  String flag() {
    return "--" + key();
  }

  String variable() {
    return "WIRESPAN_" + name();
  }

  Group group() {
    return group;
  }

  /** Whether the option may be repeated, or hold several values between commas. */
  boolean list() {
    return list;
  }

  String parameter() {
    return parameter;
  }

  String description() {
    return description;
  }
}
