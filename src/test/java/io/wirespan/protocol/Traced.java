// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import io.wirespan.capture.Protocol;
import io.wirespan.capture.TraceRules;
import io.wirespan.tcp.ConnectionTable;
import io.wirespan.tcp.TcpConversation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The whole path from packets to exchanges, for tests. */
public final class Traced {
  private static final HeaderSelection HEADERS =
      new HeaderSelection(
          Set.of("user-agent", "cookie", "traceparent"), Set.of("server", "x-kept"));

  private final List<Exchange> exchanges = new ArrayList<>();
  private final ProtocolCounters counters = new ProtocolCounters();
  private static final long SETTLED_NANOS = 200_000_000;

  private final ConnectionTable table;
  private final TcpConversation.Wire wire;

  public Traced() {
    this(TraceRules.BY_CONTENT, ProtocolLimits.DEFAULTS);
  }

  public Traced(TraceRules rules, ProtocolLimits limits) {
    table =
        new ConnectionTable(new ExchangeTracker(exchanges::add, HEADERS, limits, counters), rules);
    wire = new TcpConversation.Wire(table::onPacket);
  }

  /** Traces port 80 as what it is declared to be. */
  public static Traced declared(Protocol protocol) {
    TraceRules.Port port = new TraceRules.Port(80, protocol);
    return new Traced(new TraceRules(List.of(port), List.of()), ProtocolLimits.DEFAULTS);
  }

  public TcpConversation conversation() {
    return new TcpConversation(wire);
  }

  public TcpConversation.Wire wire() {
    return wire;
  }

  /** Lets time pass. */
  public void tick(long nanos) {
    wire.pause(nanos);
    table.tick(wire.epochNanos());
  }

  /** What is open now. */
  public List<Exchange> open() {
    List<Exchange> open = new ArrayList<>();
    table.forEachHandler(
        handler -> {
          if (handler instanceof OpenExchanges each) {
            each.tellOpen(open::add);
          }
        });
    return open;
  }

  /** Ends the capture. */
  public Traced close() {
    table.close(wire.epochNanos());
    return this;
  }

  /** What has ended, when all that is merely late has had time to come. */
  public List<Exchange> exchanges() {
    tick(SETTLED_NANOS);
    return exchanges;
  }

  public Exchange only() {
    if (exchanges().size() != 1) {
      throw new AssertionError(summary());
    }
    return exchanges.getFirst();
  }

  public ProtocolCounters counters() {
    return counters;
  }

  /** A line for each exchange: what a test compares. */
  public List<String> summary() {
    return exchanges().stream().map(Traced::summary).toList();
  }

  public static String summary(Exchange exchange) {
    return "%s %s %s %d %s"
        .formatted(
            or(exchange.request().method()),
            or(exchange.request().target()),
            or(exchange.request().host()),
            exchange.response().status(),
            exchange.outcome().text());
  }

  private static String or(String text) {
    return text.isEmpty() ? "-" : text;
  }
}
