// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.agent.AgentOptions.InterfaceChoice.ByIndex;
import io.wirespan.agent.AgentOptions.InterfaceChoice.ByName;
import io.wirespan.bpf.LiveOptions;
import io.wirespan.capture.Protocol;
import io.wirespan.capture.Side;
import io.wirespan.capture.TraceRules;
import io.wirespan.capture.TraceRules.Destination;
import io.wirespan.capture.TraceRules.Port;
import io.wirespan.evidence.Condition;
import io.wirespan.evidence.EvidenceOptions;
import io.wirespan.telemetry.OutputKind;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineParserTest {
  private static final Map<String, String> NOTHING = Map.of();

  private static Invocation parse(Map<String, String> environment, String line) {
    String[] arguments = line.isEmpty() ? new String[0] : line.split(" ");
    return CommandLineParser.parse(arguments, environment);
  }

  private static AgentOptions options(Map<String, String> environment, String line) {
    return switch (parse(environment, line)) {
      case Invocation.Run run -> run.options();
      case Invocation.Refused refused -> throw new AssertionError(refused.message());
      case Invocation.Print print -> throw new AssertionError(print.text());
    };
  }

  private static AgentOptions options(String line) {
    return options(NOTHING, line);
  }

  private static String refusal(Map<String, String> environment, String line) {
    assertThat(parse(environment, line)).isInstanceOf(Invocation.Refused.class);
    return ((Invocation.Refused) parse(environment, line)).message();
  }

  private static Destination to(String address, int prefix, int port, Protocol protocol) {
    return new Destination(InetAddress.ofLiteral(address), prefix, port, protocol);
  }

  @Test
  void shouldTraceEverythingByContentIfNothingIsSaid() {
    assertThat(options(""))
        .isEqualTo(
            new AgentOptions(
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                TraceRules.BY_CONTENT,
                Set.of(OutputKind.CONSOLE),
                Set.of(),
                ColorMode.AUTO,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                1,
                LiveOptions.AUTOMATIC_RING_BYTES,
                true,
                256 << 10));
  }

  @Test
  void shouldTakeEveryOption() throws Exception {
    AgentOptions options =
        options(
            "--ifindex 7=checkout,8 --interface=eth0 --interface eth1=cart --netns /run/netns/a"
                + " --side outside --port 80 --port 443=tcp,50051=http2 --egress 3306=tcp --output"
                + " json --output otlp --capture-header X-Tenant,x-user --color never --evidence"
                + " /var/e --evidence-when status>=400 --evidence-max-files 10 --evidence-max-bytes"
                + " 1m --stats 10 --report-open 30 --workers 4 --ring-size 1m --skip-bodies off"
                + " --max-header-bytes 65536");

    assertThat(options)
        .isEqualTo(
            new AgentOptions(
                List.of(
                    new ByIndex(7, Optional.of("checkout")),
                    new ByIndex(8, Optional.empty()),
                    new ByName("eth0", Optional.empty()),
                    new ByName("eth1", Optional.of("cart"))),
                Optional.of("/run/netns/a"),
                Optional.of(Side.OUTSIDE),
                Optional.empty(),
                new TraceRules(
                    List.of(
                        new Port(80, Protocol.HTTP),
                        new Port(443, Protocol.TCP),
                        new Port(50051, Protocol.HTTP2)),
                    List.of(to("0.0.0.0", 0, 3306, Protocol.TCP))),
                Set.of(OutputKind.JSON, OutputKind.OTLP),
                Set.of("x-tenant", "x-user"),
                ColorMode.NEVER,
                Optional.of(
                    new EvidenceOptions(
                        Path.of("/var/e"), Condition.parse("status>=400"), 10, 1 << 20)),
                Optional.of(Duration.ofSeconds(10)),
                Optional.of(Duration.ofSeconds(30)),
                4,
                1 << 20,
                false,
                65_536));
  }

  @ParameterizedTest
  @CsvSource({
    "80, 0.0.0.0, 0, 80, HTTP",
    "80=http2, 0.0.0.0, 0, 80, HTTP2",
    "10.0.0.0/8:80, 10.0.0.0, 8, 80, HTTP",
    "10.1.2.3:81=tcp, 10.1.2.3, 32, 81, TCP",
    "[2001:db8::1]:80, 2001:db8::1, 128, 80, HTTP",
    "[2001:db8::/32]:80=http2, 2001:db8::, 32, 80, HTTP2",
    "[2001:db8::]/32:80, 2001:db8::, 32, 80, HTTP",
    "[::]/0:80, ::, 0, 80, HTTP",
  })
  void shouldUnderstandDestinations(
      String text, String address, int prefix, int port, Protocol protocol) {
    assertThat(options("--egress " + text).rules().outgoing())
        .containsExactly(to(address, prefix, port, protocol));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--port 70000 | --port 70000: 70000 is not a port (1 to 65535)",
        "--port 0 | --port 0: 0 is not a port (1 to 65535)",
        "--port -1 | --port -1: -1 is not a port (1 to 65535)",
        "--port 80,x | --port x: x is not a port (1 to 65535)",
        "--port 80, | --port : nothing is not a port (1 to 65535)",
        "--port 80=ftp | --port 80=ftp: unknown protocol ftp (http, http2 or tcp)",
        "--port 80= | --port 80=: unknown protocol  (http, http2 or tcp)",
        "--port 80 --port 80=tcp | --port 80=tcp: that port was given another protocol before",
        "--egress 10.0.0.0/33:80 | --egress 10.0.0.0/33:80: /33 is not a prefix length (0 to 32)",
        "--egress [::]/129:80 | --egress [::]/129:80: /129 is not a prefix length (0 to 128)",
        "--egress 10.0.0.0/:80 | --egress 10.0.0.0/:80: / is not a prefix length (0 to 32)",
        "--egress 10.0.0.256:80 | --egress 10.0.0.256:80: 10.0.0.256 is not an IP address",
        "--egress 10.1:80 | --egress 10.1:80: 10.1 is not an IP address",
        "--egress db:80 | --egress db:80: db is not an IP address",
        "--egress [::g]:80 | --egress [::g]:80: ::g is not an IP address",
        "--egress [::1] | --egress [::1]: [::1] is not a port (1 to 65535)",
        "--egress 10.0.0.1: | --egress 10.0.0.1:: nothing is not a port (1 to 65535)",
        "--egress ::1:80 | --egress ::1:80: an IPv6 address stands in brackets: [2001:db8::1]:80",
        "--ifindex 0 | --ifindex 0: not the index of an interface",
        "--ifindex eth0 | --ifindex eth0: not the index of an interface",
        "--interface eth0= | --interface eth0=: the name of the service is missing",
        "--interface a/b | --interface a/b: not the name of an interface",
        "--side left | --side left: neither inside nor outside",
        "--output xml | --output xml: no such output (console, json, otlp or none)",
        "--output json,none | --output json: none excludes other outputs",
        "--color pink | --color pink: not auto, always or never",
        "--stats 0 | --stats 0: not a number of seconds (1 to 86400)",
        "--report-open 0 | --report-open 0: not a number of seconds (1 to 86400)",
        "--stats 1.5 | --stats 1.5: not a number of seconds (1 to 86400)",
        "--workers 65 | --workers 65: not a number of threads (1 to 64)",
        "--workers 99999999999 | --workers 99999999999: not a number of threads (1 to 64)",
        "--ring-size 100000 | --ring-size 100000: not a power of two, as the kernel wants it",
        "--ring-size 1k | --ring-size 1k: not a number of bytes (65536 to 1073741824)",
        "--max-header-bytes 1 | --max-header-bytes 1: not a number of bytes (1024 to 16777216)",
        "--evidence-when status>>5 | --evidence-when status>>5: at 8: a number is expected, not >",
        "--evidence-when size>1,2 | --evidence-when size>1,2: at 6: a number is expected, not 1,2",
        "--evidence= | --evidence : a value is missing",
        "--evidence-max-files 0 | --evidence-max-files 0: not a number of files (1 to 1000000)",
        "--evidence-max-bytes 9 | --evidence-max-bytes 9: not a number of bytes (65536 to"
            + " 2147483647)",
        "--capture-header a:b | --capture-header a:b: not the name of a header field",
        "--read f --interface eth0 | --read f: cannot be used together with interface",
        "--ifindex 3 --read f | --read f: cannot be used together with ifindex",
        "--read f --netns 1 | --read f: cannot be used together with netns",
        "--read= | --read : a value is missing",
        "--config /none.yaml | --config /none.yaml: no such file",
      })
  void shouldNameTheOptionAndItsValueWhenItRefusesThem(String line, String message) {
    assertThat(refusal(NOTHING, line)).isEqualTo(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--prot 80 | --prot: no such option; did you mean --port?",
        "--outputs=json | --outputs: no such option; did you mean --output?",
        "--halp | --halp: no such option; did you mean --help?",
        "--stat 1 | --stat: no such option; did you mean --stats?",
        "--out json | --out: no such option; did you mean --output?",
        "--verbose | --verbose: no such option",
        "-x | -x: no such option",
        "-port 80 | -port: a long option has two dashes: --port",
        "-port=80 | -port: a long option has two dashes: --port",
        "-port80 | -port80: a long option has two dashes: --port",
        "-evidence-when complete | -evidence-when: a long option has two dashes: --evidence-when",
        "--netns -stats 1 | -stats: a long option has two dashes: --stats",
        "-help | -help: a long option has two dashes: --help",
        "eth0 | eth0: not an option",
        "--port 80 81 | 81: not an option",
        "-- --help | --help: not an option",
        "@/etc/options | @/etc/options: not an option",
        "--stats | --stats: a value is missing",
        "--interface --port 80 | --interface: a value is missing",
        "--stats 1 --stats 2 | --stats: to be given once only",
        "--read a --read b | --read: to be given once only",
      })
  void shouldNameWhatItDoesNotUnderstand(String line, String message) {
    assertThat(refusal(NOTHING, line)).isEqualTo(message);
  }

  @Test
  void shouldTakeAValueAsItIs() {
    assertThat(options("--netns \"a\"").netns()).contains("\"a\"");
    assertThat(options("--netns=a=b").netns()).contains("a=b");
    assertThat(options("--read -").read()).contains("-");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h", "-hV", "--port 80 --help"})
  void shouldShowEveryOptionInTheHelp(String line) {
    String help = ((Invocation.Print) parse(NOTHING, line)).text();

    for (Option option : Option.values()) {
      assertThat(help).contains(option.flag() + "=");
    }
    assertThat(help).contains("Examples:", "--version", "Exit status:");
    assertThat(help.lines()).allMatch(each -> each.length() <= 100);
  }

  @Test
  void shouldMarkHeadingsOnATerminalOnly() {
    assertThat(HelpText.text(true)).contains("\033[1mExamples:\033[0m\n");
    assertThat(HelpText.text(true).replaceAll("\033\\[[01]m", "")).isEqualTo(HelpText.text(false));
    assertThat(HelpText.text(false)).doesNotContain("\033");
  }

  @Test
  void shouldKnowItsVersion() {
    assertThat(((Invocation.Print) parse(NOTHING, "--version")).text())
        .matches("wirespan [0-9]+\\.[0-9]+\\.[0-9]+\\S*\n");
  }

  @ParameterizedTest
  @CsvSource({
    "OTEL_EXPORTER_OTLP_ENDPOINT, http://c:4318, OTLP",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, http://c:4318, OTLP",
    "OTEL_EXPORTER_OTLP_ENDPOINT, '', CONSOLE",
    "OTEL_SERVICE_NAME, a, CONSOLE",
  })
  void shouldExportIfACollectorIsNamed(String variable, String value, OutputKind expected) {
    assertThat(options(Map.of(variable, value), "").outputs()).containsExactly(expected);
    assertThat(options(Map.of(variable, value), "--output none").outputs())
        .containsExactly(OutputKind.NONE);
  }

  @Test
  void shouldPreferTheCommandLineThenTheEnvironmentThenTheFile(@TempDir Path directory)
      throws Exception {
    Path file = directory.resolve("wirespan.yaml");
    Files.writeString(file, "port: [1, 2=tcp]\nstats: 5\nworkers: 2\noutput: json\n");
    Map<String, String> environment =
        Map.of(
            "WIRESPAN_CONFIG", file.toString(),
            "WIRESPAN_STATS", "6",
            "WIRESPAN_WORKERS", "3",
            "WIRESPAN_EGRESS", "80, 10.0.0.0/8:81",
            "WIRESPAN_SIDE", "");

    AgentOptions options = options(environment, "--workers 4");

    assertThat(options.workers()).isEqualTo(4);
    assertThat(options.statsEvery()).contains(Duration.ofSeconds(6));
    assertThat(options.rules().incoming())
        .containsExactly(new Port(1, Protocol.HTTP), new Port(2, Protocol.TCP));
    assertThat(options.rules().outgoing()).extracting(Destination::port).containsExactly(80, 81);
    assertThat(options.outputs()).containsExactly(OutputKind.JSON);
    assertThat(options.side()).isEmpty();
    assertThat(options(environment, "--port 9").rules().incoming())
        .containsExactly(new Port(9, Protocol.HTTP));
  }

  @Test
  void shouldLetTheStrongerOriginChooseBetweenFileAndInterfaces() {
    Map<String, String> environment = Map.of("WIRESPAN_INTERFACE", "eth0", "WIRESPAN_NETNS", "1");

    AgentOptions options = options(environment, "--read a.pcap");

    assertThat(options.interfaces()).isEmpty();
    assertThat(options.netns()).isEmpty();
    assertThat(options.read()).contains("a.pcap");
    assertThat(options(Map.of("WIRESPAN_READ", "a"), "--ifindex 3").read()).isEmpty();
  }

  @Test
  void shouldNameTheVariableWhenItRefusesItsValue() {
    assertThat(refusal(Map.of("WIRESPAN_PORT", "80,x"), ""))
        .isEqualTo("WIRESPAN_PORT=x: x is not a port (1 to 65535)");
  }

  @Test
  void shouldNotTakeTheVariablesOfAKubernetesServiceForOptions() {
    assertThat(options(Map.of("WIRESPAN_PORT", "tcp://10.0.0.1:4317"), "").rules())
        .isEqualTo(TraceRules.BY_CONTENT);
  }
}
