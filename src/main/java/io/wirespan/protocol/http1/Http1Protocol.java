// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.ExchangeHandler;
import io.wirespan.protocol.HeaderSelection;
import io.wirespan.protocol.ProtocolCounters;
import io.wirespan.protocol.ProtocolLimits;
import io.wirespan.protocol.UpgradeHandler;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.Direction;
import io.wirespan.tcp.StreamHandler;

/** HTTP/1 as a whole: what its connections share. For one thread. */
public final class Http1Protocol {
  /** Longer than nearly every head; short enough to copy for each. */
  private static final int SCRATCH_BYTES = 2048;

  private final ExchangeHandler handler;
  private final ProtocolLimits limits;
  private final ProtocolCounters counters;
  private final HeadParser requestHeads;
  private final HeadParser responseHeads;
  private final HeadBuffers headBuffers;
  private final byte[] scratch = new byte[SCRATCH_BYTES];

  public Http1Protocol(
      ExchangeHandler handler,
      HeaderSelection selection,
      ProtocolLimits limits,
      ProtocolCounters counters) {
    this.handler = handler;
    this.limits = limits;
    this.counters = counters;
    TextCache texts = new TextCache();
    this.requestHeads = new HeadParser(true, selection.request(), texts);
    this.responseHeads = new HeadParser(false, selection.response(), texts);
    this.headBuffers = new HeadBuffers(limits.heldHeadBytes());
  }

  /**
   * Follows a connection that may carry HTTP/1.
   *
   * @param startsSeen for each {@link Direction#ordinal()} whether its stream is seen from its
   *     beginning
   */
  public StreamHandler open(
      Connection connection, boolean[] startsSeen, UpgradeHandler upgradeHandler) {
    return new Http1Connection(
        this,
        connection,
        upgradeHandler,
        startsSeen[Direction.CLIENT_TO_SERVER.ordinal()],
        startsSeen[Direction.SERVER_TO_CLIENT.ordinal()]);
  }

  void emit(Exchange exchange) {
    counters.countExchange(exchange.outcome());
    handler.onExchange(exchange);
  }

  ProtocolLimits limits() {
    return limits;
  }

  ProtocolCounters counters() {
    return counters;
  }

  HeadParser requestHeads() {
    return requestHeads;
  }

  HeadParser responseHeads() {
    return responseHeads;
  }

  HeadBuffers headBuffers() {
    return headBuffers;
  }

  /** For a head that lies in one piece. */
  byte[] scratch() {
    return scratch;
  }
}
