// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static io.wirespan.agent.Wrk.CONNECTIONS;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.bpf.TestNetwork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many requests, traced by one worker or several, and a large one. */
class LoadIT {
  @RegisterExtension private final Testbed testbed = Testbed.direct();
  private Nginx nginx;

  @BeforeEach
  void serve() throws Exception {
    nginx = testbed.startNginx();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void shouldReportEachOfTwoThousandRequestsASecond(int workers) throws Exception {
    AgentProcess agent = testbed.attach("--output", "json", "--workers", "" + workers);
    long answered = Wrk.paced(testbed, 10);

    AgentProcess.Ended ended = agent.stop();
    assertThat(ended.stats().lost()).isZero();
    // What was under way when wrk ended may be answered or not, but it is there.
    List<Map<String, Object>> lines = ended.lines();
    assertThat(lines)
        .extracting(Lines::target)
        .containsExactlyInAnyOrderElementsOf(nginx.targets());
    assertThat(lines)
        .filteredOn(Lines::isComplete)
        .extracting(Call::of)
        .allMatch(call -> call.status() == 200 && call.body() == 6);
    assertThat(ended.stats().get("exchanges_complete")).isBetween(answered, answered + CONNECTIONS);
    assertThat(ended.stats().incomplete()).isLessThanOrEqualTo(CONNECTIONS);
    assertThat(ended.stats().get("connections_total")).isEqualTo(CONNECTIONS);
  }

  @Test
  void shouldLoseNothingUncountedAtFullSpeed() throws Exception {
    AgentProcess agent = testbed.attach("--output", "none", "--stats", "1");
    long answered = Wrk.fullSpeed(testbed, 6);

    assertNothingLostUncounted(agent.stop().stats(), answered);
    assertThat(agent.errorLines().stream().filter(line -> line.startsWith("{")).count())
        .as("one at the end, and on the way as often as a busy machine lets it")
        .isGreaterThan(2);
  }

  @Test
  void shouldLoseNothingUncountedWithSeveralWorkers() throws Exception {
    AgentProcess agent = testbed.attach("--output", "none", "--port", "8080", "--workers", "3");
    long answered = Wrk.fullSpeed(testbed, 5);
    awaitNoConnections();

    assertNothingLostUncounted(agent.stop().stats(), answered);
  }

  private static void assertNothingLostUncounted(AgentProcess.Stats stats, long answered) {
    // A lost packet costs its own exchange, at most.
    assertThat(stats.get("exchanges_complete") + stats.lost())
        .as(stats.toString())
        .isGreaterThanOrEqualTo(answered);
    if (stats.lost() == 0) {
      assertThat(stats.get("exchanges_complete")).isLessThanOrEqualTo(answered + CONNECTIONS);
      assertThat(stats.incomplete()).isLessThanOrEqualTo(CONNECTIONS);
      assertThat(stats.get("gap_bytes")).isZero();
    }
  }

  /** What wrk left under way may cross the interface later than it ends, on a busy machine. */
  private void awaitNoConnections() {
    Programs.assumeInstalled("ss");
    assertThat(Programs.await(() -> connections().isBlank(), 60)).as(this::connections).isTrue();
  }

  private String connections() {
    try {
      String[] connected = "ss -Htn state connected exclude time-wait".split(" ");
      return TestNetwork.run(testbed.network().server(), connected);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shouldReportALargeDownloadAsOneExchange() throws Exception {
    AgentProcess agent = testbed.attach("--output", "json");
    String[] words = {
      "--write-out", "%{time_total}\n", Nginx.URL + "/n/1", Nginx.URL + "/big", Nginx.URL + "/n/2"
    };
    String total = Programs.curl(testbed.network().client(), words).split("\n")[1];

    AgentProcess.Ended ended = agent.stop();
    assertThat(ended.calls()).hasSize(3).containsExactlyElementsOf(nginx.calls());
    Map<String, Object> big = ended.lines().get(1);
    assertThat(big).containsEntry("target", "/big").containsEntry("complete", true);
    assertThat(Call.of(big).body()).isEqualTo(Nginx.BIG);
    // Within what curl waited, from before it sent until it had all. What nginx's last write put
    // into the socket's buffer crosses the interface later; its clock has milliseconds.
    assertThat(Lines.millis(big, "duration_us"))
        .isBetween(nginx.log().get(1).requestMillis() - 1, Double.parseDouble(total) * 1_000);
  }
}
