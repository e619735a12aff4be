// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static io.wirespan.agent.Wrk.CONNECTIONS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.bpf.TestNetwork;
import io.wirespan.capture.Captures;
import io.wirespan.tcp.TcpConversation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --workers}: whatever crosses an interface is still reported once, and adds up. */
class WorkersIT {
  @RegisterExtension private final Testbed testbed = Testbed.direct();

  /** wrk is still at it when the agent is told to stop. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void shouldAddUpWhenStoppedAtFullSpeed(int workers) throws Exception {
    testbed.startNginx();
    AgentProcess agent =
        testbed.attach("--workers", "" + workers, "--output", "json", "--stats", "1");
    Wrk.start(testbed);
    agent.awaitOutputBytes(20_000_000);

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
  }

  /** The same addresses and ports on two interfaces are two connections, of any two workers. */
  @Test
  void shouldTraceSeveralInterfacesAndLoopback() throws Exception {
    Nginx nginx = testbed.startNginx();
    AgentProcess agent =
        testbed.attachTo(
            testbed.network().server(), "srv,lo", "--output", "json", "--workers", "4");
    for (int i = 0; i < 10; i++) {
      Programs.curl(testbed.network().client(), Nginx.URL + "/n/[1-10]?from=client" + i);
      Programs.curl(testbed.network().server(), Nginx.URL + "/n/[1-10]?from=server" + i);
    }

    AgentProcess.Ended ended = agent.stop();
    assertThat(ended.calls()).containsExactlyInAnyOrderElementsOf(nginx.calls()).hasSize(200);
    assertThat(ended.lines())
        .allMatch(Lines::isComplete)
        .allSatisfy(
            line ->
                assertThat(line)
                    .containsEntry(
                        "interface", Lines.target(line).contains("from=client") ? "srv" : "lo"));
    assertThat(ended.stats().get("connections_total")).isEqualTo(20);
  }

  @Test
  void shouldReportEveryStreamOfHttp2() throws Exception {
    Http2Load.startNghttpd(testbed);
    AgentProcess agent = testbed.attach("--workers", "3", "--output", "none", "--ring-size", "16m");
    Http2Load.run(testbed, Http2Load.NGHTTPD_PORT, 20_000, "-c", "10", "-m", "50");

    AgentProcess.Stats stats = agent.stop().stats();
    assertThat(stats.lost()).as(stats.toString()).isZero();
    assertThat(stats.get("exchanges_complete")).isEqualTo(20_000);
    assertThat(stats.incomplete()).isZero();
  }

  /** The kernel gives fragments to no worker in particular; the agent's own hash must be its. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void shouldGiveWhatCameInFragmentsToItsFlow(int workers) throws Exception {
    int flows = 40;
    int exchanges = 5;
    int all = flows * exchanges;
    AgentProcess agent = testbed.attach("--workers", "" + workers, "--output", "json");
    TestNetwork.run(
        testbed.network().client(),
        Python.program("fragments.py", "cli", "" + flows, "" + exchanges));
    agent.awaitOutputLines(all);

    AgentProcess.Ended ended = agent.stop();
    List<Map<String, Object>> lines = ended.lines();
    assertThat(lines).hasSize(all).allMatch(Lines::isComplete);
    assertThat(lines).extracting(Lines::target).doesNotHaveDuplicates();
    // Of two fragments one is not enough; however many workers have looked at it.
    assertThat(ended.stats().ignored("fragment")).isEqualTo(all);
    assertThat(ended.stats().get("exchanges_complete")).isEqualTo(all);
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
    Path file = Files.write(testbed.directory().resolve("capture.pcapng"), capture);
    AgentProcess.Ended one = testbed.replay(file, "--workers", "1");
    AgentProcess.Ended four = testbed.replay(file, "--workers", "4");

    assertThat(Files.readString(four.output(), UTF_8))
        .isEqualTo(Files.readString(one.output(), UTF_8))
        .isNotEmpty();
    assertThat(four.errors()).filteredOn(line -> line.contains("--workers")).hasSize(1);
    assertThat(one.errors()).noneMatch(line -> line.contains("--workers"));
  }
}
