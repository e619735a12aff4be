// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.capture.Packet;
import io.wirespan.capture.TraceRules;
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

/** The pipeline: packets into a connection table, whose streams an exchange tracker decodes. */
final class Tracer implements Pipeline {
  private final ProtocolCounters protocolCounters = new ProtocolCounters();
  private final ConnectionTable connections;

  Tracer(
      TraceRules rules,
      HeaderSelection headers,
      ProtocolLimits limits,
      ExchangeHandler handler,
      ConnectionObserver observer) {
    ExchangeTracker tracker = new ExchangeTracker(handler, headers, limits, protocolCounters);
    connections = new ConnectionTable(tracker, rules, TcpLimits.DEFAULT, observer);
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

  ProtocolCounters protocolCounters() {
    return protocolCounters;
  }

  AccountingSnapshot.Connections connectionCounters() {
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
