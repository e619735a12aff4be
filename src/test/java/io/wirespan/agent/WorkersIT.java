// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static io.wirespan.bpf.TestNetwork.SERVER_ADDRESS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.bpf.Privileges;
import io.wirespan.bpf.TestNetwork;
import io.wirespan.capture.Captures;
import io.wirespan.tcp.TcpConversation;
import io.wirespan.telemetry.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --workers}: whatever crosses an interface is still reported once, and adds up. */
class WorkersIT {
  private static final String SERVER = "http://" + SERVER_ADDRESS + ":8080";
  private static final int CONNECTIONS = 24;
  private static final int PATIENCE_SECONDS = 60;
  private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in");

  /** Each connection waits 10 ms between its requests, which have targets of their own. */
  private static final String PACED =
      """
      local n = 0
      function request() n = n + 1; return wrk.format(nil, "/n/" .. n) end
      function delay() return 10 end
      """;

  private static final int FLOWS = 40;
  private static final int EXCHANGES = 5;

  /** Requests and responses of connections that are nobody's, every other one in fragments. */
  private static final String FRAGMENTS =
      """
      import socket, struct
      link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
      link.bind(('cli', 0))
      ident = 0
      def ip(source, destination, payload, flags):
          header = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), ident, flags, 64, 6, 0,
                               socket.inet_aton(source), socket.inet_aton(destination))
          link.send(b'\\xff' * 6 + b'\\x02' * 6 + b'\\x08\\x00' + header + payload)
      def send(source, destination, ports, seq, ack, payload, fragmented):
          global ident
          ident += 1
          tcp = struct.pack('!HHIIBBHHH', *ports, seq, ack, 0x50, 0x18, 65535, 0, 0) + payload
          if not fragmented:
              return ip(source, destination, tcp, 0)
          ip(source, destination, tcp[24:], 3)
          ip(source, destination, tcp[:24], 0x2000)
      client, server = '10.99.0.2', '10.99.0.1'
      at = {}
      for n in range(%2$d):
          for flow in range(%1$d):
              port = 40000 + flow
              sent, received = at.get(flow, (1, 1))
              request = b'GET /f/%%d/%%d HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' %% (flow, n)
              response = b'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok'
              send(client, server, (port, 80), sent, received, request, (flow + n) %% 2 == 0)
              sent += len(request)
              send(server, client, (80, port), received, sent, response, (flow + n) %% 2 == 1)
              at[flow] = (sent, received + len(response))
      """
          .formatted(FLOWS, EXCHANGES);

  @TempDir private Path directory;
  private TestNetwork network;
  private Nginx nginx;

  @BeforeEach
  void serve() throws Exception {
    Privileges.assumeRootAndKernel();
    Programs.assumeInstalled("nginx", "curl", "wrk", "ip", "ss", "python3");
    network = new TestNetwork();
    nginx = Nginx.start(network.server(), directory);
  }

  @AfterEach
  void cleanUp() throws IOException {
    if (nginx != null) {
      nginx.close();
    }
    if (network != null) {
      network.close();
    }
  }

  private AgentProcess attach(int workers, String interfaces, String... options)
      throws IOException {
    List<String> command =
        AgentProcess.command(
            "--netns",
            network.server(),
            "--interface",
            interfaces,
            "--workers",
            Integer.toString(workers));
    command.addAll(List.of(options));
    return AgentProcess.attach(directory, AgentProcess.process(command));
  }

  private long wrk(String... words) throws IOException {
    String report = TestNetwork.run(network.client(), words);
    Matcher requests = REQUESTS.matcher(report);
    assertThat(requests.find()).as(report).isTrue();
    return Long.parseLong(requests.group(1));
  }

  /**
   * Waits until the server has no connection any more: what wrk left under way may cross the
   * interface later than it ends, on a busy machine.
   */
  private void awaitQuiet() {
    assertThat(Programs.await(() -> connections().isBlank(), PATIENCE_SECONDS)).isTrue();
  }

  private String connections() {
    try {
      String[] connected = "ss -Htn state connected exclude time-wait".split(" ");
      return TestNetwork.run(network.server(), connected);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** At full speed, for longer than the test needs. */
  private Process startLoad() throws IOException {
    List<String> words = List.of("wrk", "-t1", "-c" + CONNECTIONS, "-d90", SERVER + "/n/1");
    return new ProcessBuilder(TestNetwork.in(network.client(), words))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static void awaitLines(AgentProcess agent, Path output, int lines) {
    assertThat(
            Programs.await(
                () -> {
                  try {
                    return Files.readAllLines(output).size() >= lines;
                  } catch (IOException e) {
                    return false;
                  }
                },
                PATIENCE_SECONDS))
        .as(String.join("\n", agent.errorLines()))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void shouldReportEachOfManyPacedRequestsOnce(int workers) throws Exception {
    Path script = Files.writeString(directory.resolve("paced.lua"), PACED);
    try (AgentProcess agent = attach(workers, "srv", "--output", "json")) {
      long answered = wrk("wrk", "-t1", "-c" + CONNECTIONS, "-d6", "-s", script.toString(), SERVER);

      AgentProcess.Ended ended = agent.stop();
      assertThat(ended.stats().lost()).isZero();
      // wrk ends with requests under way: those may be answered or not, but each is there.
      assertThat(ended.calls())
          .extracting(Call::target)
          .containsExactlyInAnyOrderElementsOf(nginx.calls().stream().map(Call::target).toList());
      assertThat(ended.stats().get("exchanges_complete"))
          .isBetween(answered, answered + CONNECTIONS);
      assertThat(ended.stats().incomplete()).isLessThanOrEqualTo(CONNECTIONS);
      assertThat(ended.stats().get("connections_total")).isEqualTo(CONNECTIONS);
    }
  }

  /** wrk is still at it when the agent is told to stop. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void shouldAddUpWhenStoppedAtFullSpeed(int workers) throws Exception {
    Process load = null;
    try (AgentProcess agent = attach(workers, "srv", "--output", "json", "--stats", "1")) {
      load = startLoad();
      assertThat(Programs.await(() -> agent.outputBytes() > 20_000_000, PATIENCE_SECONDS)).isTrue();
      AgentProcess.Ended ended = agent.stop();
      AgentProcess.Stats stats = ended.stats();
      List<Map<String, Object>> lines = ended.lines();
      assertThat(stats.get("lines_written")).isEqualTo(lines.size());
      assertThat(stats.get("exchanges_complete") + stats.incomplete()).isEqualTo(lines.size());
      assertThat(lines.stream().map(line -> line.get("span_id")).distinct()).hasSize(lines.size());
      if (stats.lost() == 0) {
        assertThat(stats.incomplete()).isLessThanOrEqualTo(CONNECTIONS);
        assertThat(stats.get("gap_bytes")).isZero();
      }
    } finally {
      if (load != null) {
        load.destroy();
        load.waitFor();
      }
    }
  }

  @Test
  void shouldFindEveryRequestAtFullSpeed() throws Exception {
    try (AgentProcess agent = attach(3, "srv", "--output", "none", "--port", "8080")) {
      long answered = wrk("wrk", "-t1", "-c" + CONNECTIONS, "-d5", SERVER + "/n/1");
      awaitQuiet();
      AgentProcess.Stats stats = agent.stop().stats();
      // A lost packet costs its own exchange, at most.
      assertThat(stats.get("exchanges_complete") + stats.lost())
          .as(stats.toString())
          .isGreaterThanOrEqualTo(answered);
      if (stats.lost() == 0) {
        assertThat(stats.get("exchanges_complete")).isLessThanOrEqualTo(answered + CONNECTIONS);
        assertThat(stats.incomplete()).isLessThanOrEqualTo(CONNECTIONS);
      }
    }
  }

  /** The same addresses and ports on two interfaces are two connections, of any two workers. */
  @Test
  void shouldTraceSeveralInterfacesAndLoopback() throws Exception {
    try (AgentProcess agent = attach(4, "srv,lo", "--output", "json")) {
      for (int i = 0; i < 10; i++) {
        Programs.curl(network.client(), SERVER + "/n/[1-10]?from=client" + i);
        Programs.curl(network.server(), SERVER + "/n/[1-10]?from=server" + i);
      }
      AgentProcess.Ended ended = agent.stop();
      assertThat(ended.calls()).containsExactlyInAnyOrderElementsOf(nginx.calls()).hasSize(200);
      assertThat(ended.lines())
          .allMatch(line -> line.get("complete").equals(true))
          .allSatisfy(
              line ->
                  assertThat(line)
                      .containsEntry(
                          "interface",
                          ((String) line.get("target")).contains("from=client") ? "srv" : "lo"));
      assertThat(ended.stats().get("connections_total")).isEqualTo(20);
    }
  }

  @Test
  void shouldReportEveryStreamOfHttp2() throws Exception {
    Programs.assumeInstalled("h2load", "nghttpd");
    Files.writeString(directory.resolve("x.html"), "x".repeat(300));
    Process server =
        new ProcessBuilder(
                TestNetwork.in(
                    network.server(),
                    List.of("nghttpd", "--no-tls", "-d", directory.toString(), "8082")))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (AgentProcess agent = attach(3, "srv", "--output", "none", "--ring-size", "16m")) {
      String url = "http://" + SERVER_ADDRESS + ":8082/x.html";
      String load =
          TestNetwork.run(network.client(), "h2load", "-n", "20000", "-c", "10", "-m", "50", url);
      assertThat(load).contains("20000 succeeded");
      AgentProcess.Stats stats = agent.stop().stats();
      assertThat(stats.lost()).as(stats.toString()).isZero();
      assertThat(stats.get("exchanges_complete")).isEqualTo(20_000);
      assertThat(stats.incomplete()).isZero();
    } finally {
      server.destroy();
      server.waitFor();
    }
  }

  /** The kernel gives fragments to no worker in particular; the agent's own hash must be its. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void shouldGiveWhatCameInFragmentsToItsFlow(int workers) throws Exception {
    List<String> command =
        AgentProcess.command(
            "--netns",
            network.server(),
            "--interface",
            "srv",
            "--output",
            "json",
            "--workers",
            Integer.toString(workers));
    Path output = directory.resolve("fragments.json");
    ProcessBuilder builder = AgentProcess.process(command).redirectOutput(output.toFile());
    try (AgentProcess agent = AgentProcess.attach(directory, builder)) {
      TestNetwork.run(network.client(), "python3", "-c", FRAGMENTS);
      awaitLines(agent, output, FLOWS * EXCHANGES);
      AgentProcess.Ended ended = agent.stop();
      List<Map<String, Object>> lines =
          Files.readAllLines(output).stream().map(Json::object).toList();
      assertThat(lines)
          .hasSize(FLOWS * EXCHANGES)
          .allMatch(line -> line.get("complete").equals(true));
      assertThat(
              lines.stream()
                  .collect(
                      Collectors.groupingBy(
                          line -> (String) line.get("target"), Collectors.counting())))
          .hasSize(FLOWS * EXCHANGES);
      // Of two fragments one is not enough; however many workers have looked at it.
      assertThat(Json.asObject(ended.stats().line().get("packets_ignored")))
          .containsEntry("fragment", (long) FLOWS * EXCHANGES);
      assertThat(ended.stats().get("exchanges_complete")).isEqualTo(FLOWS * EXCHANGES);
    }
  }

  @Test
  void shouldReadAFileWithOneThreadAndSaySo() throws Exception {
    byte[] capture =
        Captures.pcapng(
            handler -> {
              for (int i = 0; i < 20; i++) {
                new TcpConversation(
                        new TcpConversation.Wire(handler), "10.0.0.1", 40_000 + i, "10.0.0.2", 80)
                    .handshake()
                    .clientSends("GET /" + i + " HTTP/1.1\r\nHost: a\r\n\r\n")
                    .serverSends("HTTP/1.1 204 No Content\r\n\r\n");
              }
            });
    Path file = Files.write(directory.resolve("capture.pcapng"), capture);
    Function<String, List<String>> command =
        workers ->
            new ArrayList<>(
                AgentProcess.command(
                    "--read", file.toString(), "--output", "json", "--workers", workers));
    AgentProcess.Ended one = AgentProcess.run(directory, AgentProcess.process(command.apply("1")));
    AgentProcess.Ended four = AgentProcess.run(directory, AgentProcess.process(command.apply("4")));

    assertThat(one.status()).isZero();
    assertThat(four.status()).isZero();
    assertThat(Files.readString(four.output(), UTF_8))
        .isEqualTo(Files.readString(one.output(), UTF_8))
        .isNotEmpty();
    assertThat(four.errors()).filteredOn(line -> line.contains("--workers")).hasSize(1);
    assertThat(one.errors()).noneMatch(line -> line.contains("--workers"));
  }
}
