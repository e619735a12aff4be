// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.capture.FlowShare;
import io.wirespan.capture.Packet;
import io.wirespan.capture.SkipControl;
import io.wirespan.capture.TraceRules;
import io.wirespan.evidence.Evidence;
import io.wirespan.evidence.EvidenceCounters;
import io.wirespan.protocol.ExchangeHandler;
import io.wirespan.protocol.ExchangeTracker;
import io.wirespan.protocol.HeaderSelection;
import io.wirespan.protocol.OpenExchanges;
import io.wirespan.protocol.ProtocolCounters;
import io.wirespan.protocol.ProtocolLimits;
import io.wirespan.tcp.ConnectionObserver;
import io.wirespan.tcp.ConnectionTable;
import io.wirespan.tcp.IgnoreReason;
import io.wirespan.tcp.TcpCounters;
import io.wirespan.tcp.TcpLimits;
import io.wirespan.telemetry.AccountingSnapshot;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The pipeline: packets into a connection table, whose streams an exchange tracker decodes. */
final class Tracer implements Pipeline {
  private final ProtocolCounters protocolCounters = new ProtocolCounters();
  private final ConnectionTable connections;
  private final Optional<Evidence> evidence;

  /**
   * What a tracer has counted, at one moment.
   *
   * @param protocol a copy that changes no more
   */
  record Counts(
      AccountingSnapshot.Connections connections,
      ProtocolCounters protocol,
      AccountingSnapshot.Evidence evidence) {
    static final Counts NONE =
        new Counts(
            AccountingSnapshot.Connections.NONE,
            new ProtocolCounters(),
            AccountingSnapshot.Evidence.NONE);
  }

  /** Traces a capture file. */
  Tracer(
      TraceRules rules,
      HeaderSelection headers,
      ProtocolLimits limits,
      ExchangeHandler handler,
      Optional<Evidence> evidence) {
    this(
        rules,
        headers,
        limits,
        TcpLimits.REPLAY,
        handler,
        evidence,
        FlowShare.ALL,
        SkipControl.NONE);
  }

  /**
   * Traces the flows of one worker on interfaces.
   *
   * @param limits of all workers together
   * @param skipControl of the source of its packets
   */
  Tracer(
      TraceRules rules,
      HeaderSelection headers,
      ProtocolLimits limits,
      ExchangeHandler handler,
      Optional<Evidence> evidence,
      FlowShare share,
      SkipControl skipControl) {
    this(rules, headers, limits, TcpLimits.DEFAULT, handler, evidence, share, skipControl);
  }

  private Tracer(
      TraceRules rules,
      HeaderSelection headers,
      ProtocolLimits limits,
      TcpLimits tcpLimits,
      ExchangeHandler handler,
      Optional<Evidence> evidence,
      FlowShare share,
      SkipControl skipControl) {
    this.evidence = evidence;
    ExchangeTracker tracker =
        new ExchangeTracker(handler, headers, limits.sharedBy(share.workers()), protocolCounters);
    ConnectionObserver observer =
        evidence.<ConnectionObserver>map(each -> each).orElse(ConnectionObserver.NONE);
    connections =
        new ConnectionTable(
            tracker, rules, tcpLimits.sharedBy(share.workers()), observer, share, skipControl);
  }

  @Override
  public void onPacket(Packet packet) {
    connections.onPacket(packet);
  }

  @Override
  public void tick(long nowEpochNanos) {
    connections.tick(nowEpochNanos);
  }

  @Override
  public void close(long epochNanos) {
    connections.close(epochNanos);
  }

  /** Tells all exchanges that are open, as they are now. */
  void tellOpen(ExchangeHandler to) {
    connections.forEachHandler(
        handler -> {
          if (handler instanceof OpenExchanges open) {
            open.tellOpen(to);
          }
        });
  }

  Counts counts() {
    return new Counts(
        connectionCounters(),
        protocolCounters.copy(),
        evidence.map(Tracer::counters).orElse(AccountingSnapshot.Evidence.NONE));
  }

  private static AccountingSnapshot.Evidence counters(Evidence evidence) {
    EvidenceCounters counters = evidence.counters();
    return new AccountingSnapshot.Evidence(
        counters.written(), counters.skipped(), counters.failed(), counters.packetsDropped());
  }

  private AccountingSnapshot.Connections connectionCounters() {
    TcpCounters counters = connections.counters();
    Map<String, Long> ignored = new HashMap<>();
    for (IgnoreReason reason : IgnoreReason.values()) {
      ignored.put(reason.text(), counters.ignored(reason));
    }
    ignored.put("stray", counters.strayPackets());
    ignored.put("not-traced", counters.untracedPackets());
    ignored.put("role-unknown", counters.untoldPackets());
    ignored.put("before-join", counters.segmentsBeforeJoin());
    return new AccountingSnapshot.Connections(
        counters.connectionsOpen(),
        counters.connectionsTotal(),
        counters.connectionsEvicted(),
        counters.gapBytes(),
        ignored);
  }
}
