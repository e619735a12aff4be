// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import io.netty.buffer.ByteBuf;
import io.wirespan.tcp.CloseReason;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.Direction;
import io.wirespan.tcp.GapCause;
import io.wirespan.tcp.PacketStamp;
import io.wirespan.tcp.StreamHandler;
import java.util.function.Consumer;

/**
 * A connection that was declared to be plain TCP, or that HTTP/1 has upgraded to a protocol that is
 * not known: one record when it ends, its bytes unread.
 */
final class TcpSession implements StreamHandler, OpenExchanges {
  private final Connection connection;
  private final Consumer<Exchange> records;
  private final SessionTotals totals = new SessionTotals();
  private final boolean whole;

  private TcpSession(Connection connection, Consumer<Exchange> records, boolean whole) {
    this.connection = connection;
    this.records = records;
    this.whole = whole;
  }

  static TcpSession whole(Connection connection, Consumer<Exchange> records) {
    TcpSession session = new TcpSession(connection, records, true);
    session.totals.countFromStart();
    return session;
  }

  /** Of what follows an upgrade. */
  static TcpSession following(Connection connection, Consumer<Exchange> records) {
    return new TcpSession(connection, records, false);
  }

  @Override
  public void onData(Direction direction, ByteBuf data, long offset, PacketStamp stamp) {
    totals.data(direction, data.readableBytes(), stamp);
    connection.skip(direction, Connection.STREAM_END, false);
  }

  @Override
  public void onGap(
      Direction direction, long offset, long length, GapCause cause, PacketStamp stamp) {
    totals.gap(direction, length, cause);
  }

  @Override
  public boolean onSkipped(Direction direction, long offset, long length, PacketStamp stamp) {
    totals.data(direction, length, stamp);
    return true;
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
    Detail detail = new Detail.TcpSession(reason, totals.closedBy());
    return totals.record(connection, Exchange.TCP, reason, epochNanos, detail, whole);
  }
}
