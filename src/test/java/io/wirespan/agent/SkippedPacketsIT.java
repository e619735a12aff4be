// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static io.wirespan.agent.SkippingPeers.DOWNLOADS;
import static io.wirespan.agent.SkippingPeers.TWO_DOWNLOADS;
import static io.wirespan.agent.SkippingPeers.assertWhole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.wirespan.bpf.TestNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is told of packets that nobody but the kernel has seen: times, retransmissions, windows. */
class SkippedPacketsIT {
  @RegisterExtension private final Testbed testbed = Testbed.direct();
  private final SkippingPeers peers = new SkippingPeers(testbed);

  /** What was measured with skipping, and without at the same time. */
  private record Both(AgentProcess.Ended skipping, AgentProcess.Ended whole) {
    void assertSameAt(int index) throws IOException {
      Map<String, Object> one = skipping.lines().get(index);
      Map<String, Object> two = whole.lines().get(index);
      for (String which : List.of("request", "response")) {
        // Each of the two hooks takes its own times.
        assertThat(Lines.counts(one, which)).as(which).isEqualTo(Lines.counts(two, which));
        assertThat((double) Lines.message(one, which).get("zero_window_us"))
            .isCloseTo((double) Lines.message(two, which).get("zero_window_us"), within(1_000.0));
      }
      Lines.assertSameTimes(one, two);
    }
  }

  /** The rings are so large that nothing is lost on a busy machine. */
  private Both traceBoth(String server, String client) throws Exception {
    AgentProcess whole =
        testbed.attach("--output", "json", "--skip-bodies", "off", "--ring-size", "64m");
    AgentProcess.Ended skipping = peers.trace(server, client, "--ring-size", "64m");
    return new Both(skipping, whole.stop());
  }

  @Test
  void shouldMeasureAsATracerThatSkipsNothing() throws Exception {
    Tshark tshark = testbed.startTsharkOfHeaders();
    Both both = traceBoth(DOWNLOADS, TWO_DOWNLOADS);
    Path packets = tshark.stop();

    assertThat(both.skipping.stats().ignored("skipped-body")).isPositive();
    assertThat(both.whole.stats().ignored("skipped-body")).isZero();
    Map<String, Object> line = both.skipping.lines().getFirst();
    assertWhole(line, 0, 20_000_000);
    both.assertSameAt(0);
    both.assertSameAt(1);
    assertAgreesWithReplay(line, packets);
  }

  /** What tshark has of the packets gives the same times, by its clock. */
  private void assertAgreesWithReplay(Map<String, Object> line, Path packets) throws IOException {
    Map<String, Object> theirs = testbed.replay(packets).lines().getFirst();
    assertThat(Lines.message(theirs, "response")).containsEntry("body_bytes", 20_000_000L);
    Lines.assertSameTimes(line, theirs);
  }

  /** The client goes away in the middle; its ports are used again at once. */
  @Test
  void shouldReportAnAbortedDownloadAndWhatUsesItsPortsNext() throws Exception {
    String server =
        """
        s=listen()
        for n in (50000000,3):
          c,_=s.accept();head(c)
          try:
            c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n'%n)
            if n>3: put_slowly(c,20000000);c.recv(1)
            else: c.sendall(b'end');c.recv(1)
          except ConnectionError: pass
          c.close()
        """;
    String client =
        """
        c=connect(45000);c.sendall(b'GET /aborted HTTP/1.1\\r\\n\\r\\n');head(c);take(c,20000000)
        time.sleep(1.5);reset(c)
        c=connect(45000);c.sendall(b'GET /next HTTP/1.1\\r\\n\\r\\n');head(c);take(c,3);c.close()
        """;
    Both both = traceBoth(server, client);
    AgentProcess.Ended ended = both.skipping;

    assertThat(ended.lines()).hasSize(2);
    both.assertSameAt(0);
    both.assertSameAt(1);
    Map<String, Object> aborted = ended.lines().getFirst();
    assertThat(aborted).containsEntry("complete", false).containsEntry("incomplete", "reset");
    assertThat(aborted).containsEntry("gap_bytes", 0L);
    assertThat(Lines.message(aborted, "response")).containsEntry("body_bytes", 20_000_000L);
    assertWhole(ended.lines().get(1), 0, 3);
    assertThat(ended.stats().ignored("skipped-body")).isPositive();
  }

  @Test
  void shouldCountTheTimeOfAFullReceiver() throws Exception {
    String client =
        """
        c=connect(receive_buffer=65536)
        c.sendall(b'GET /10000000 HTTP/1.1\\r\\n\\r\\n');head(c)
        take(c,3000000);time.sleep(2);take(c,7000000);c.close()
        """;
    AgentProcess.Ended ended = peers.trace(DOWNLOADS, client);

    Map<String, Object> line = ended.lines().getFirst();
    assertWhole(line, 0, 10_000_000);
    assertThat((double) Lines.message(line, "response").get("zero_window_us"))
        .isGreaterThan(1_000_000);
    assertThat(ended.stats().ignored("skipped-body")).isPositive();
  }

  /** A link with a short queue, which drops what the server's hook has seen. */
  private void makeLossy() throws IOException {
    String queue = "tc qdisc add dev srv root tbf rate 400mbit burst 32kb limit 60kb";
    TestNetwork.run(testbed.network().server(), queue.split(" "));
  }

  @Test
  void shouldCountRetransmissionsOfWhatIsSkipped() throws Exception {
    makeLossy();
    AgentProcess.Ended ended = peers.trace(DOWNLOADS, TWO_DOWNLOADS);

    assertThat(ended.lines()).hasSize(2);
    assertWhole(ended.lines().get(0), 0, 20_000_000);
    assertThat((long) Lines.message(ended.lines().getFirst(), "response").get("retransmits"))
        .isPositive();
    assertWhole(ended.lines().get(1), 0, 5);
    assertThat(ended.stats().ignored("skipped-body")).isPositive();
  }

  @Test
  void shouldSkipAroundSegmentsThatAreLostBeforeTheHook() throws Exception {
    makeLossy();
    AgentProcess.Ended ended =
        peers.traceOn(
            testbed.network().client(),
            "cli",
            testbed.network().client(),
            DOWNLOADS,
            TWO_DOWNLOADS);

    assertThat(ended.lines()).hasSize(2);
    assertWhole(ended.lines().get(0), 0, 20_000_000);
    assertThat((long) Lines.message(ended.lines().getFirst(), "response").get("out_of_order"))
        .isPositive();
    assertWhole(ended.lines().get(1), 0, 5);
    assertThat(ended.stats().ignored("skipped-body")).isPositive();
  }
}
