// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import io.netty.buffer.ByteBuf;
import io.wirespan.protocol.http1.Http1Protocol;
import io.wirespan.protocol.http2.FrameProbe;
import io.wirespan.protocol.http2.Http2Protocol;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.StreamHandler;
import io.wirespan.tcp.StreamHandlerFactory;

/**
 * The entrance to this room: finds the protocol of each connection and hands its exchanges on. For
 * one capture thread.
 */
public final class ExchangeTracker implements StreamHandlerFactory {
  private final Decoders decoders;

  public ExchangeTracker(
      ExchangeHandler handler,
      HeaderSelection selection,
      ProtocolLimits limits,
      ProtocolCounters counters) {
    this.decoders =
        new Decoders(
            new Http1Protocol(handler, selection, limits, counters),
            new Http2Protocol(handler, selection, limits, counters),
            handler,
            counters);
  }

  @Override
  public Sender senderOf(ByteBuf payload) {
    return switch (StartLine.ofSegment(payload)) {
      case REQUEST, HTTP2_PREFACE -> Sender.CLIENT;
      case RESPONSE -> Sender.SERVER;
      case UNDECIDED, OTHER -> FrameProbe.senderOf(payload);
    };
  }

  @Override
  public StreamHandler open(Connection connection) {
    return new ConnectionDetector(connection, decoders);
  }
}
