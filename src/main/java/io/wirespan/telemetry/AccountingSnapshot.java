// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.wirespan.capture.CaptureCounters;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.ProtocolCounters;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Every counter at one moment, filled in by the agent from the rooms that count.
 *
 * @param capture packets
 * @param connections what the connection table did
 * @param exchanges exchanges handed on, by outcome; what is missing is 0
 * @param parseErrors connections whose bytes stopped being valid HTTP
 * @param messagesUnreadable messages that began but of which not even the method, or the status,
 *     was seen
 * @param connectionsNotHttp connections given up because they carry something else
 * @param evidence files of packets
 */
public record AccountingSnapshot(
    CaptureCounters capture,
    Connections connections,
    Map<Outcome, Long> exchanges,
    long parseErrors,
    long messagesUnreadable,
    long connectionsNotHttp,
    OutputCounters outputs,
    Evidence evidence) {

  /**
   * What the connection table did.
   *
   * @param open now
   * @param total since the start
   * @param evicted dropped from a full table
   * @param gapBytes bytes of traced streams that were not captured
   * @param ignored packets that reached the table and were no use, by reason
   */
  public record Connections(
      long open, long total, long evicted, long gapBytes, Map<String, Long> ignored) {
    public static final Connections NONE = new Connections(0, 0, 0, 0, Map.of());

    private Connections plus(Connections other) {
      Map<String, Long> sum = new HashMap<>(ignored);
      other.ignored.forEach((reason, packets) -> sum.merge(reason, packets, Long::sum));
      return new Connections(
          open + other.open,
          total + other.total,
          evicted + other.evicted,
          gapBytes + other.gapBytes,
          sum);
    }
  }

  /**
   * What became of the exchanges whose packets were asked for.
   *
   * @param written to a file
   * @param skipped because there are as many files as there may be
   * @param failed because the file could not be written
   * @param packetsDropped packets that were not kept for lack of memory
   */
  public record Evidence(long written, long skipped, long failed, long packetsDropped) {
    public static final Evidence NONE = new Evidence(0, 0, 0, 0);

    private Evidence plus(Evidence other) {
      return new Evidence(
          written + other.written,
          skipped + other.skipped,
          failed + other.failed,
          packetsDropped + other.packetsDropped);
    }
  }

  public AccountingSnapshot {
    exchanges = Collections.unmodifiableMap(new EnumMap<>(exchanges));
  }

  /** Adds up what every worker has counted. */
  public static AccountingSnapshot of(
      CaptureCounters capture,
      List<Connections> connections,
      List<ProtocolCounters> workers,
      OutputCounters outputs,
      List<Evidence> evidence) {
    Map<Outcome, Long> exchanges = new EnumMap<>(Outcome.class);
    for (Outcome outcome : Outcome.values()) {
      exchanges.put(outcome, workers.stream().mapToLong(each -> each.exchanges(outcome)).sum());
    }
    return new AccountingSnapshot(
        capture,
        connections.stream().reduce(Connections.NONE, Connections::plus),
        exchanges,
        workers.stream().mapToLong(ProtocolCounters::parseErrors).sum(),
        workers.stream().mapToLong(ProtocolCounters::headsUnreadable).sum(),
        workers.stream().mapToLong(ProtocolCounters::connectionsNotHttp).sum(),
        outputs,
        evidence.stream().reduce(Evidence.NONE, Evidence::plus));
  }

  long exchanges(Outcome outcome) {
    return exchanges.getOrDefault(outcome, 0L);
  }
}
