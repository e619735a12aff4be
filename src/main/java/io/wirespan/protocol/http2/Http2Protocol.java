// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.ExchangeHandler;
import io.wirespan.protocol.HeaderSelection;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.ProtocolCounters;
import io.wirespan.protocol.ProtocolLimits;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.Direction;
import io.wirespan.tcp.StreamHandler;

/** HTTP/2 as a whole: what its connections share. For one thread. */
public final class Http2Protocol {
  private final ExchangeHandler handler;
  private final ProtocolLimits limits;
  private final ProtocolCounters counters;
  private final BlockFields requestFields;
  private final BlockFields responseFields;
  private long held;

  public Http2Protocol(
      ExchangeHandler handler,
      HeaderSelection selection,
      ProtocolLimits limits,
      ProtocolCounters counters) {
    this.handler = handler;
    this.limits = limits;
    this.counters = counters;
    this.requestFields = new BlockFields(selection.request());
    this.responseFields = new BlockFields(selection.response());
  }

  /**
   * Follows a connection whose client begins with the connection preface, or one that was joined
   * later.
   *
   * @param startsSeen for each {@link Direction#ordinal()} whether its stream is seen from its
   *     beginning
   */
  public StreamHandler open(Connection connection, boolean[] startsSeen) {
    Http2Connection opened = new Http2Connection(this, connection);
    for (Direction direction : Direction.values()) {
      boolean seen = startsSeen[direction.ordinal()];
      opened.begin(direction, seen);
    }
    return opened;
  }

  /**
   * Goes on with a connection that HTTP/1 has upgraded (RFC 7540, section 3.2).
   *
   * @param upgrade the request that becomes stream 1, with its 101 response
   */
  public StreamHandler openUpgraded(Connection connection, Exchange upgrade) {
    Http2Connection opened = new Http2Connection(this, connection);
    opened.begin(Direction.CLIENT_TO_SERVER, true);
    opened.begin(Direction.SERVER_TO_CLIENT, true);
    opened.takeUpgrade(upgrade);
    return opened;
  }

  void emit(Exchange exchange) {
    counters.countExchange(exchange.outcome());
    handler.onExchange(exchange);
  }

  HpackReader newHpackReader(Direction direction, Outcome loss) {
    return new HpackReader(fields(direction), limits.headBytes(), loss);
  }

  BlockFields fields(Direction direction) {
    return direction == Direction.CLIENT_TO_SERVER ? requestFields : responseFields;
  }

  ProtocolLimits limits() {
    return limits;
  }

  ProtocolCounters counters() {
    return counters;
  }

  /** Takes memory for parts of messages; false if all connections together have too much of it. */
  boolean hold(long bytes) {
    if (held + bytes > limits.heldHeadBytes()) {
      return false;
    }
    held += bytes;
    return true;
  }

  void release(long bytes) {
    held -= bytes;
  }

  /** Memory in use for parts of messages. */
  long held() {
    return held;
  }
}
