// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static io.wirespan.bpf.TestNetwork.SERVER_ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.bpf.Privileges;
import io.wirespan.bpf.TestNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many requests, and a large one. */
class LoadIT {
  private static final String SERVER = "http://" + SERVER_ADDRESS + ":8080";
  private static final int CONNECTIONS = 24;
  private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in");

  /** Each connection waits 10 ms between its requests, which have targets of their own. */
  private static final String PACED =
      """
      local n = 0
      function request() n = n + 1; return wrk.format(nil, "/n/" .. n) end
      function delay() return 10 end
      """;

  @TempDir private Path directory;
  private TestNetwork network;
  private Nginx nginx;

  @BeforeEach
  void serve() throws Exception {
    Privileges.assumeRootAndKernel();
    Programs.assumeInstalled("nginx", "curl", "wrk", "ip");
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

  private AgentProcess attach(String... options) throws IOException {
    List<String> command = AgentProcess.command("--netns", network.server(), "--interface", "srv");
    command.addAll(List.of(options));
    return AgentProcess.attach(directory, AgentProcess.process(command));
  }

  private long wrk(String... words) throws IOException {
    String report = TestNetwork.run(network.client(), words);
    Matcher requests = REQUESTS.matcher(report);
    assertThat(requests.find()).as(report).isTrue();
    return Long.parseLong(requests.group(1));
  }

  @Test
  void shouldReportEachOfTwoThousandRequestsASecond() throws Exception {
    Path script = Files.writeString(directory.resolve("paced.lua"), PACED);
    try (AgentProcess agent = attach("--output", "json")) {
      long answered =
          wrk("wrk", "-t1", "-c" + CONNECTIONS, "-d10", "-s", script.toString(), SERVER);

      AgentProcess.Ended ended = agent.stop();
      assertThat(ended.stats().lost()).isZero();
      // wrk ends with requests under way: those may be answered or not, but each is there.
      assertThat(ended.calls())
          .extracting(Call::target)
          .containsExactlyInAnyOrderElementsOf(nginx.calls().stream().map(Call::target).toList());
      assertThat(ended.stats().get("exchanges_complete"))
          .isBetween(answered, answered + CONNECTIONS);
      assertThat(ended.stats().incomplete()).isLessThanOrEqualTo(CONNECTIONS);
      assertThat(ended.lines())
          .filteredOn(line -> line.get("complete").equals(true))
          .extracting(Call::of)
          .allMatch(call -> call.status() == 200 && call.body() == 6);
    }
  }

  @Test
  void shouldLoseNothingUncountedAtFullSpeed() throws Exception {
    try (AgentProcess agent = attach("--output", "none", "--stats", "1")) {
      long answered = wrk("wrk", "-t1", "-c" + CONNECTIONS, "-d6", SERVER + "/n/1");

      AgentProcess.Stats stats = agent.stop().stats();
      long seen = stats.get("exchanges_complete") + stats.incomplete();
      // A lost packet costs its own exchange, at most.
      assertThat(stats.get("exchanges_complete") + stats.lost())
          .as(stats.toString())
          .isGreaterThanOrEqualTo(answered);
      assertThat(seen + stats.lost()).as(stats.toString()).isGreaterThanOrEqualTo(answered);
      if (stats.lost() == 0) {
        assertThat(stats.get("exchanges_complete")).isLessThanOrEqualTo(answered + CONNECTIONS);
        assertThat(stats.incomplete()).isLessThanOrEqualTo(CONNECTIONS);
        assertThat(stats.get("gap_bytes")).isZero();
      }
      assertThat(agent.errorLines().stream().filter(line -> line.startsWith("{")).count())
          .as("one at the end, and on the way as often as a busy machine lets it")
          .isGreaterThan(2);
    }
  }

  @Test
  void shouldReportALargeDownloadAsOneExchange() throws Exception {
    try (AgentProcess agent = attach("--output", "json")) {
      String total =
          Programs.curl(
                  network.client(),
                  "--write-out",
                  "%{time_total}\n",
                  SERVER + "/n/1",
                  "--output",
                  "/dev/null",
                  SERVER + "/big",
                  "--output",
                  "/dev/null",
                  SERVER + "/n/2")
              .split("\n")[1];

      AgentProcess.Ended ended = agent.stop();
      assertThat(ended.calls()).hasSize(3).containsExactlyElementsOf(nginx.calls());
      Map<String, Object> big = ended.lines().get(1);
      assertThat(big).containsEntry("target", "/big").containsEntry("complete", true);
      assertThat(Call.of(big).body()).isEqualTo(Nginx.BIG);
      double millis = (double) big.get("duration_us") / 1_000;
      // Within what curl waited, from before it sent until it had all. What nginx's last write put
      // into the socket's buffer crosses the interface later; its clock has milliseconds.
      assertThat(millis)
          .isBetween(nginx.log().get(1).requestMillis() - 1, Double.parseDouble(total) * 1_000);
    }
  }
}
