// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static io.wirespan.agent.Http2Load.NGHTTPD_PORT;
import static io.wirespan.agent.Http2Load.SIZES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The agent between nghttp2's load generator and servers; each file's name is its length. */
class Http2LiveIT {
  private static final int REQUESTS = 100_000;

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

  @RegisterExtension private final Testbed testbed = Testbed.direct();

  /** With rings that hold all of a test, should the agent not get to run. */
  private AgentProcess attach() throws IOException {
    return testbed.attach("--ring-size", "64M", "--output", "json");
  }

  @Test
  void shouldReportEveryRequestToNghttpd() throws Exception {
    Http2Load.startNghttpd(testbed);
    checkEveryRequest(NGHTTPD_PORT);
  }

  @Test
  void shouldReportEveryRequestToNginx() throws Exception {
    Nginx nginx = testbed.startNginx();
    checkEveryRequest(Nginx.HTTP2_PORT);
    assertThat(nginx.log()).hasSize(REQUESTS);
  }

  /** Ten connections with a hundred streams each. */
  private void checkEveryRequest(int port) throws Exception {
    AgentProcess agent = attach();
    Http2Load.run(testbed, port, REQUESTS, "-c", "10", "-m", "100");
    agent.awaitOutputLines(REQUESTS);

    AgentProcess.Ended ended = agent.stop();
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
    Programs.assumeInstalled("nghttp");
    List<String> paths = new ArrayList<>(List.of("/slow/1", "/slow/2", "/slow/3", "/drip/1"));
    List.of("/n/1", "/error", "/new", "/file/0", "/file/100000", "/n/2").forEach(paths::add);
    Nginx nginx = testbed.startNginx();
    AgentProcess agent = attach();
    Tshark tshark = testbed.startTshark();
    String server = "http://" + TestNetwork.SERVER_ADDRESS + ":" + Nginx.HTTP2_PORT;
    List<String> words = new ArrayList<>(List.of("nghttp", "-n"));
    paths.forEach(path -> words.add(server + path));
    TestNetwork.run(testbed.network().client(), words.toArray(String[]::new));
    Path packets = tshark.stop();
    AgentProcess.Ended live = agent.stop();

    assertThat(live.calls()).hasSize(10).containsExactlyInAnyOrderElementsOf(nginx.calls());
    AgentProcess.Ended replayed = testbed.replay(packets);
    assertThat(replayed.calls()).containsExactlyInAnyOrderElementsOf(live.calls());
    assertThat(replayed.lines()).allMatch(Lines::isComplete);

    List<Double> times = Tshark.http2Times(packets);
    assertThat(times).hasSameSizeAs(paths);
    for (Map<String, Object> line : replayed.lines()) {
      double theirs = times.get(paths.indexOf(Lines.target(line)));
      assertThat(Lines.millis(line, "duration_us"))
          .as(line.toString())
          .isCloseTo(theirs, within(0.002));
    }
  }

  /** Their names refer to fields that were sent before; those that do not are right. */
  @Test
  void shouldJoinBusyConnectionsWithoutAWrongName() throws Exception {
    Http2Load.startNghttpd(testbed);
    Background load = Http2Load.start(testbed, NGHTTPD_PORT, "-c", "4", "-m", "4");
    AgentProcess agent = attach();
    agent.awaitOutputLines(MANY + 1);
    load.close();

    AgentProcess.Ended ended = agent.stop();
    List<Matcher> exchanges = exchanges(ended);
    assertThat(exchanges.stream().filter(exchange -> exchange.group(4) != null).count())
        .as("named")
        .isGreaterThan(exchanges.size() * 9L / 10);
    assertThat(exchanges.stream().map(exchange -> exchange.group(1)).distinct()).hasSize(4);
    assertThat(ended.stats().get("connections_total")).isEqualTo(4);
  }
}
