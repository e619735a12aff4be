// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import com.fasterxml.jackson.core.JsonGenerator;
import io.wirespan.protocol.Outcome;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * The line on standard error that accounts for everything seen: a JSON object that begins {@code
 * {"wirespan":"stats"}. {@code exchanges_complete} and the reasons under {@code
 * exchanges_incomplete} add up to the requests seen.
 */
public final class AccountingLine {
  private final ProcessUsage usage = new ProcessUsage();

  /** Writes one line and flushes it. */
  public void write(AccountingSnapshot snapshot, OutputStream to) throws IOException {
    String line = ErrorLine.of("stats", json -> writeMembers(snapshot, json)) + '\n';
    to.write(line.getBytes(StandardCharsets.UTF_8));
    to.flush();
  }

  private void writeMembers(AccountingSnapshot snapshot, JsonGenerator json) throws IOException {
    writePackets(snapshot, json);
    writeConnections(snapshot.connections(), json);
    writeExchanges(snapshot, json);
    writeOutputs(snapshot.outputs(), json);
    writeEvidence(snapshot.evidence(), json);
    json.writeNumberField("cpu_seconds", usage.cpuSeconds());
    json.writeNumberField("rss_bytes", usage.residentBytes());
    json.writeNumberField("uptime_seconds", usage.uptimeSeconds());
  }

  private static void writePackets(AccountingSnapshot snapshot, JsonGenerator json)
      throws IOException {
    json.writeNumberField("packets_seen", snapshot.capture().seen());
    json.writeNumberField("packets_forwarded", snapshot.capture().forwarded());
    json.writeNumberField("packets_lost_kernel", snapshot.capture().lostKernel());
    json.writeNumberField("packets_lost_ring", snapshot.capture().lostRing());
    json.writeNumberField("packets_truncated", snapshot.capture().truncated());
    json.writeNumberField("skips_refused", snapshot.capture().skipsRefused());
    Map<String, Long> ignored = new TreeMap<>(snapshot.capture().ignored());
    snapshot.connections().ignored().forEach((reason, n) -> ignored.merge(reason, n, Long::sum));
    json.writeObjectFieldStart("packets_ignored");
    for (Map.Entry<String, Long> reason : ignored.entrySet()) {
      json.writeNumberField(reason.getKey(), reason.getValue());
    }
    json.writeEndObject();
  }

  private static void writeConnections(
      AccountingSnapshot.Connections connections, JsonGenerator json) throws IOException {
    json.writeNumberField("connections_open", connections.open());
    json.writeNumberField("connections_total", connections.total());
    json.writeNumberField("connections_evicted", connections.evicted());
    json.writeNumberField("gap_bytes", connections.gapBytes());
  }

  private static void writeExchanges(AccountingSnapshot snapshot, JsonGenerator json)
      throws IOException {
    json.writeNumberField("connections_not_http", snapshot.connectionsNotHttp());
    json.writeNumberField("exchanges_complete", snapshot.exchanges(Outcome.COMPLETE));
    json.writeObjectFieldStart("exchanges_incomplete");
    for (Outcome outcome : Outcome.values()) {
      if (outcome != Outcome.COMPLETE) {
        json.writeNumberField(outcome.text(), snapshot.exchanges(outcome));
      }
    }
    json.writeEndObject();
    json.writeNumberField("parse_errors", snapshot.parseErrors());
    json.writeNumberField("messages_unreadable", snapshot.messagesUnreadable());
  }

  private static void writeOutputs(OutputCounters outputs, JsonGenerator json) throws IOException {
    json.writeNumberField("lines_written", outputs.linesWritten());
    json.writeNumberField("lines_lost", outputs.linesLost());
    json.writeNumberField("spans_exported", outputs.spansExported());
    json.writeNumberField("spans_dropped", outputs.spansDropped());
    json.writeNumberField("spans_not_sampled", outputs.spansNotSampled());
  }

  private static void writeEvidence(AccountingSnapshot.Evidence evidence, JsonGenerator json)
      throws IOException {
    json.writeNumberField("evidence_written", evidence.written());
    json.writeNumberField("evidence_skipped", evidence.skipped());
    json.writeNumberField("evidence_failed", evidence.failed());
    json.writeNumberField("evidence_packets_dropped", evidence.packetsDropped());
  }
}
