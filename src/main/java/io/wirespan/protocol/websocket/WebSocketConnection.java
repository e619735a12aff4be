// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.websocket;

import static io.wirespan.tcp.Direction.CLIENT_TO_SERVER;

import io.netty.buffer.ByteBuf;
import io.wirespan.protocol.Detail;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.SessionTotals;
import io.wirespan.tcp.CloseReason;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.Direction;
import io.wirespan.tcp.GapCause;
import io.wirespan.tcp.PacketStamp;
import io.wirespan.tcp.StreamHandler;
import java.util.function.Consumer;

/** What follows a switch to WebSocket: one record when the connection ends. */
public final class WebSocketConnection implements StreamHandler {
  private final Connection connection;
  private final Consumer<Exchange> records;
  private final SessionTotals totals = new SessionTotals();
  private final FrameCounter client = new FrameCounter();
  private final FrameCounter server = new FrameCounter();

  public WebSocketConnection(Connection connection, Consumer<Exchange> records) {
    this.connection = connection;
    this.records = records;
  }

  private FrameCounter frames(Direction direction) {
    return direction == CLIENT_TO_SERVER ? client : server;
  }

  @Override
  public void onData(Direction direction, ByteBuf data, long offset, PacketStamp stamp) {
    totals.data(direction, data.readableBytes(), stamp);
    frames(direction).read(data);
  }

  @Override
  public void onGap(
      Direction direction, long offset, long length, GapCause cause, PacketStamp stamp) {
    totals.gap(direction, length, cause);
    frames(direction).lose(length);
  }

  @Override
  public void onRetransmission(Direction direction, long offset, int length) {
    totals.segment(direction, true);
  }

  @Override
  public void onOutOfOrder(Direction direction, long offset, int length) {
    totals.segment(direction, false);
  }

  @Override
  public void onEnd(Direction direction, PacketStamp stamp) {
    totals.end(direction, stamp);
  }

  @Override
  public void onClose(CloseReason reason, long epochNanos) {
    int code = client.closeCode();
    Detail detail =
        new Detail.WebSocket(
            client.side(), server.side(), code != Detail.UNKNOWN ? code : server.closeCode());
    records.accept(
        totals.record(connection, Exchange.WEBSOCKET, reason, epochNanos, detail, false));
  }
}
