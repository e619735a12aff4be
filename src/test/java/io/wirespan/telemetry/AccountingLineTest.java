// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.capture.CaptureCounters;
import io.wirespan.protocol.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AccountingLineTest {
  private static final AccountingSnapshot SNAPSHOT =
      new AccountingSnapshot(
          new CaptureCounters(100, 90, 1, 2, 3, Map.of("not-ip", 4L, "fragment", 5L)),
          new AccountingSnapshot.Connections(6, 7, 8, 9, Map.of("fragment", 10L)),
          Map.of(Outcome.COMPLETE, 11L, Outcome.GAP, 12L),
          13,
          24,
          14,
          new OutputCounters(15, 16, 17, 18, 19),
          new AccountingSnapshot.Evidence(20, 21, 22, 23));

  private static String write() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new AccountingLine().write(SNAPSHOT, out);
    return out.toString(UTF_8);
  }

  @Test
  void shouldAccountForEverything() throws IOException {
    String line = write();

    assertThat(line).startsWith("{\"wirespan\":\"stats\",").endsWith("}\n").hasLineCount(1);
    assertThat(Json.object(line))
        .containsEntry("packets_seen", 100L)
        .containsEntry("packets_forwarded", 90L)
        .containsEntry("packets_lost_kernel", 1L)
        .containsEntry("packets_lost_ring", 2L)
        .containsEntry("packets_truncated", 3L)
        .containsEntry("packets_ignored", Map.of("fragment", 15L, "not-ip", 4L))
        .containsEntry("connections_open", 6L)
        .containsEntry("connections_total", 7L)
        .containsEntry("connections_evicted", 8L)
        .containsEntry("gap_bytes", 9L)
        .containsEntry("exchanges_complete", 11L)
        .containsEntry("parse_errors", 13L)
        .containsEntry("messages_unreadable", 24L)
        .containsEntry("connections_not_http", 14L)
        .containsEntry("lines_written", 15L)
        .containsEntry("lines_lost", 16L)
        .containsEntry("spans_exported", 17L)
        .containsEntry("spans_dropped", 18L)
        .containsEntry("spans_not_sampled", 19L)
        .containsEntry("evidence_written", 20L)
        .containsEntry("evidence_skipped", 21L)
        .containsEntry("evidence_failed", 22L)
        .containsEntry("evidence_packets_dropped", 23L)
        .containsKeys("cpu_seconds", "rss_bytes", "uptime_seconds");
  }

  @Test
  void shouldListEveryReasonOfIncompleteness() throws IOException {
    assertThat(Json.asObject(Json.object(write()).get("exchanges_incomplete")))
        .hasSize(Outcome.values().length - 1)
        .containsEntry("gap", 12L)
        .containsEntry("no-response", 0L)
        .containsEntry("evicted", 0L);
  }

  @Test
  void shouldReadResidentMemory() {
    assertThat(ProcessUsage.residentBytes(List.of("Name:\tjava", "VmRSS:\t   98304 kB")))
        .isEqualTo(98_304L * 1_024);
    assertThat(ProcessUsage.residentBytes(List.of("Name:\tjava"))).isZero();
  }
}
