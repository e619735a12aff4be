// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.wirespan.bpf.Privileges;
import io.wirespan.bpf.TestNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent between nghttp2's load generator and servers; each file's name is its length. */
class Http2LiveIT {
  private static final int NGHTTPD_PORT = 8082;
  private static final List<String> SIZES = List.of("0", "1", "10", "100");
  private static final int REQUESTS = 100_000;

  /** Long enough for whatever is awaited; the test ends the load. */
  private static final String ENDLESS = "3600";

  /** Exchanges that show how a connection that was joined goes on. */
  private static final long MANY = 5_000;

  /** What must be right of an exchange if it is there. */
  private static final Pattern RIGHT =
      Pattern.compile(
          """
          "client":"(10\\.77\\.0\\.2:\\d+)","server":"10\\.77\\.0\\.1:(\\d+)","method":("GET"|null),\
          "target":(?:"/file/(\\d+)"|null),"host":(?:"10\\.77\\.0\\.1:(\\d+)"|null),\
          "status":(200|null),.*"response":.*"body_bytes":(\\d+),.*"complete":(true|false)\
          """);

  @TempDir private Path directory;
  private final List<Process> processes = new ArrayList<>();
  private TestNetwork network;

  @BeforeEach
  void join() throws Exception {
    Privileges.assumeRootAndKernel();
    Programs.assumeInstalled("ip", "h2load");
    network = new TestNetwork();
  }

  @AfterEach
  void stop() throws IOException {
    processes.forEach(process -> Programs.end(process.toHandle()));
    if (network != null) {
      network.close();
    }
  }

  private void startNghttpd() throws Exception {
    Programs.assumeInstalled("nghttpd");
    Path files = Files.createDirectories(directory.resolve("www/file"));
    for (String size : SIZES) {
      Files.writeString(files.resolve(size), "x".repeat(Integer.parseInt(size)));
    }
    String root = files.getParent().toString();
    start(network.server(), "nghttpd", "nghttpd", "--no-tls", "-d", root, "" + NGHTTPD_PORT);
    String probe = "exec 3<>/dev/tcp/" + TestNetwork.SERVER_ADDRESS + "/" + NGHTTPD_PORT;
    assertThat(Programs.await(() -> succeeds("bash", "-c", probe), 60)).as("nghttpd").isTrue();
  }

  private boolean succeeds(String... command) {
    try {
      TestNetwork.run(network.client(), command);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private Process start(String namespace, String name, String... command) throws IOException {
    Process process =
        new ProcessBuilder(TestNetwork.in(namespace, List.of(command)))
            .redirectOutput(directory.resolve(name + ".out").toFile())
            .redirectError(directory.resolve(name + ".err").toFile())
            .start();
    processes.add(process);
    return process;
  }

  /** With rings that hold all of a test, should the agent not get to run. */
  private AgentProcess attach() throws IOException {
    return AgentProcess.attach(
        directory,
        "--netns",
        network.server(),
        "--interface",
        "srv",
        "--ring-size",
        "64M",
        "--output",
        "json");
  }

  /** The load generator's words; each connection asks for all files in turn. */
  private String[] load(int port, String... options) throws IOException {
    String server = "http://" + TestNetwork.SERVER_ADDRESS + ":" + port + "/file/";
    Path urls = directory.resolve("urls");
    Files.write(urls, SIZES.stream().map(size -> server + size).toList());
    return Stream.concat(Stream.of("h2load", "-i", urls.toString()), Stream.of(options))
        .toArray(String[]::new);
  }

  @Test
  void shouldReportEveryRequestToNghttpd() throws Exception {
    startNghttpd();
    checkEveryRequest(NGHTTPD_PORT);
  }

  @Test
  void shouldReportEveryRequestToNginx() throws Exception {
    Programs.assumeInstalled("nginx");
    try (Nginx nginx = Nginx.start(network.server(), directory)) {
      checkEveryRequest(Nginx.HTTP2_PORT);
      assertThat(nginx.log()).hasSize(REQUESTS);
    }
  }

  /** Ten connections with a hundred streams each. */
  private void checkEveryRequest(int port) throws Exception {
    AgentProcess.Ended ended;
    try (AgentProcess agent = attach()) {
      String report =
          TestNetwork.run(
              network.client(), load(port, "-n", "" + REQUESTS, "-c", "10", "-m", "100"));
      assertThat(report).contains(REQUESTS + " succeeded");
      assertThat(Programs.await(() -> agent.outputLines() >= REQUESTS, 120)).isTrue();
      ended = agent.stop();
    }
    assertThat(ended.stats().lost()).isZero();
    assertThat(ended.stats().get("exchanges_complete")).isEqualTo(REQUESTS);
    assertThat(ended.stats().incomplete()).isZero();
    assertThat(ended.stats().get("connections_total")).isEqualTo(10);
    List<Matcher> exchanges = exchanges(ended);
    assertThat(exchanges).allMatch(exchange -> exchange.group(8).equals("true"));
    Map<String, Long> counts =
        exchanges.stream()
            .collect(Collectors.groupingBy(exchange -> exchange.group(4), Collectors.counting()));
    assertThat(counts.keySet()).containsExactlyInAnyOrderElementsOf(SIZES);
    assertThat(counts.values()).containsOnly((long) REQUESTS / SIZES.size());
  }

  /** All lines, once it is clear that none says anything wrong. */
  private static List<Matcher> exchanges(AgentProcess.Ended ended) throws IOException {
    List<Matcher> exchanges = new ArrayList<>();
    for (String line : Files.readAllLines(ended.output())) {
      Matcher exchange = RIGHT.matcher(line);
      assertThat(exchange.find()).as(line).isTrue();
      String port = exchange.group(2);
      assertThat(exchange.group(5)).as(line).isIn(port, null);
      if (exchange.group(4) != null && exchange.group(6).equals("200")) {
        assertThat(exchange.group(7)).as(line).isEqualTo(exchange.group(4));
      }
      exchanges.add(exchange);
    }
    return exchanges;
  }

  /**
   * Streams of one connection side by side: a capture of them replayed gives the calls that were
   * seen live, with the times that tshark finds in it.
   */
  @Test
  void shouldMeasureStreamsAsTsharkDoes() throws Exception {
    Programs.assumeInstalled("nginx", "nghttp", "tshark");
    List<String> paths = new ArrayList<>(List.of("/slow/1", "/slow/2", "/slow/3", "/drip/1"));
    List.of("/n/1", "/error", "/new", "/file/0", "/file/100000", "/n/2").forEach(paths::add);
    AgentProcess.Ended live;
    Path packets;
    List<Call> served;
    try (Nginx nginx = Nginx.start(network.server(), directory);
        AgentProcess agent = attach();
        Tshark tshark = Tshark.capture(directory, network.server(), "srv")) {
      String server = "http://" + TestNetwork.SERVER_ADDRESS + ":" + Nginx.HTTP2_PORT;
      List<String> words = new ArrayList<>(List.of("nghttp", "-n"));
      paths.forEach(path -> words.add(server + path));
      TestNetwork.run(network.client(), words.toArray(String[]::new));
      packets = tshark.stop();
      live = agent.stop();
      served = nginx.calls();
    }
    assertThat(live.calls()).hasSize(10).containsExactlyInAnyOrderElementsOf(served);
    AgentProcess.Ended replayed =
        AgentProcess.run(
            directory,
            AgentProcess.process(
                AgentProcess.command("--read", packets.toString(), "--output", "json")));
    assertThat(replayed.calls()).containsExactlyInAnyOrderElementsOf(live.calls());
    assertThat(replayed.lines()).allMatch(line -> line.get("complete").equals(true));

    List<Double> times = Tshark.http2Times(packets);
    assertThat(times).hasSameSizeAs(paths);
    for (Map<String, Object> line : replayed.lines()) {
      double theirs = times.get(paths.indexOf((String) line.get("target")));
      assertThat((double) line.get("duration_us") / 1_000)
          .as(line.toString())
          .isCloseTo(theirs, within(0.002));
    }
  }

  /** Their names refer to fields that were sent before; those that do not are right. */
  @Test
  void shouldJoinBusyConnectionsWithoutAWrongName() throws Exception {
    startNghttpd();
    Process load =
        start(network.client(), "load", load(NGHTTPD_PORT, "-D", ENDLESS, "-c", "4", "-m", "4"));
    assertThat(Programs.await(() -> report("load.out").contains("100% of clients started"), 60))
        .isTrue();
    AgentProcess.Ended ended;
    try (AgentProcess agent = attach()) {
      assertThat(Programs.await(() -> agent.outputLines() > MANY, 120))
          .as(() -> agent.errorLines() + report("load.out"))
          .isTrue();
      Programs.end(load.toHandle());
      ended = agent.stop();
    }
    List<Matcher> exchanges = exchanges(ended);
    assertThat(exchanges.stream().filter(exchange -> exchange.group(4) != null).count())
        .as("named")
        .isGreaterThan(exchanges.size() * 9L / 10);
    assertThat(exchanges.stream().map(exchange -> exchange.group(1)).distinct()).hasSize(4);
    assertThat(ended.stats().get("connections_total")).isEqualTo(4);
  }

  private String report(String name) {
    try {
      return Files.readString(directory.resolve(name));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
