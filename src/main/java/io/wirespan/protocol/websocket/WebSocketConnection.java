// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.websocket;

import io.netty.buffer.ByteBuf;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.ExchangeHandler;
import io.wirespan.protocol.OpenExchanges;
import io.wirespan.protocol.SessionTotals;
import io.wirespan.tcp.CloseReason;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.Direction;
import io.wirespan.tcp.GapCause;
import io.wirespan.tcp.PacketStamp;
import io.wirespan.tcp.StreamHandler;
import java.util.function.Consumer;

/** What follows a switch to WebSocket: one record when the connection ends. */
public final class WebSocketConnection implements StreamHandler, OpenExchanges {
  private final Connection connection;
  private final Consumer<Exchange> records;
  private final SessionTotals totals = new SessionTotals();
  private final WebSocketFrames frames = new WebSocketFrames();

  public WebSocketConnection(Connection connection, Consumer<Exchange> records) {
    this.connection = connection;
    this.records = records;
  }

  @Override
  public void onData(Direction direction, ByteBuf data, long offset, PacketStamp stamp) {
    totals.data(direction, data.readableBytes(), stamp);
    frames.counter(direction).take(data, data.readableBytes());
    data.skipBytes(data.readableBytes());
  }

  @Override
  public void onGap(
      Direction direction, long offset, long length, GapCause cause, PacketStamp stamp) {
    totals.gap(direction, length, cause);
    frames.counter(direction).lose(length);
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
    records.accept(record(reason, epochNanos));
  }

  @Override
  public void tellOpen(ExchangeHandler to) {
    if (totals.begun()) {
      to.onExchange(record(CloseReason.SHUTDOWN, totals.lastNanos()));
    }
  }

  private Exchange record(CloseReason reason, long epochNanos) {
    return totals.record(
        connection, Exchange.WEBSOCKET, reason, epochNanos, frames.detail(), false);
  }
}
