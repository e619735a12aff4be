// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import io.netty.buffer.ByteBuf;
import io.wirespan.protocol.http1.Http1Protocol;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.StreamHandler;
import io.wirespan.tcp.StreamHandlerFactory;

/**
 * The entrance to this room: finds the protocol of each connection and hands its exchanges on. For
 * one capture thread.
 */
public final class ExchangeTracker implements StreamHandlerFactory {
  private final Http1Protocol http1;
  private final ProtocolCounters counters;

  public ExchangeTracker(
      ExchangeHandler handler,
      HeaderSelection selection,
      ProtocolLimits limits,
      ProtocolCounters counters) {
    this.http1 = new Http1Protocol(handler, selection, limits, counters);
    this.counters = counters;
  }

  @Override
  public Sender senderOf(ByteBuf payload) {
    return switch (StartLine.ofSegment(payload)) {
      case REQUEST, HTTP2_PREFACE -> Sender.CLIENT;
      case RESPONSE -> Sender.SERVER;
      case UNDECIDED, OTHER -> Sender.UNKNOWN;
    };
  }

  @Override
  public StreamHandler open(Connection connection) {
    return new ConnectionDetector(connection, http1, counters);
  }
}
