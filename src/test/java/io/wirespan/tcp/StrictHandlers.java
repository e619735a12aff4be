// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.util.function.IntUnaryOperator;

/** Handlers that fail if they are not called as their contract says, and do all that they may. */
final class StrictHandlers implements StreamHandlerFactory {
  private final IntUnaryOperator chance;
  int opened;
  int closed;

  /**
   * @param chance gives a number below its argument, for decisions that a handler is free in
   */
  StrictHandlers(IntUnaryOperator chance) {
    this.chance = chance;
  }

  private boolean sequenceBytes;

  /**
   * From here on, each payload byte is the lowest byte of its sequence number, and handlers fail if
   * it is not.
   */
  StrictHandlers expectSequenceBytes() {
    sequenceBytes = true;
    return this;
  }

  @Override
  public Sender senderOf(ByteBuf payload) {
    return Sender.values()[chance.applyAsInt(3)];
  }

  @Override
  public StreamHandler open(Connection connection) {
    opened++;
    if (chance.applyAsInt(20) == 19) {
      connection.ignore();
      return new Strict(connection, true);
    }
    return new Strict(connection, false);
  }

  private final class Strict implements StreamHandler {
    private final Connection connection;
    private final int[] bases = {-1, -1};
    private final long[] next = new long[2];
    private final boolean[] ended = new boolean[2];
    private boolean ignored;
    private boolean isClosed;

    Strict(Connection connection, boolean ignored) {
      this.connection = connection;
      this.ignored = ignored;
    }

    @Override
    public void onData(Direction direction, ByteBuf data, long offset, PacketStamp stamp) {
      assertThat(data.isReadable()).isTrue();
      if (sequenceBytes) {
        checkContent(direction, data, offset);
      }
      checkStamp(stamp);
      advance(direction, offset, data.readableBytes());
      data.skipBytes(chance.applyAsInt(data.readableBytes() + 1));
    }

    @Override
    public void onGap(
        Direction direction, long offset, long length, GapCause cause, PacketStamp stamp) {
      checkStamp(stamp);
      advance(direction, offset, length);
    }

    @Override
    public void onRetransmission(Direction direction, long offset, int length) {
      assertThat(isClosed || ignored).isFalse();
      assertThat(offset).isNotNegative();
      assertThat(length).isPositive();
    }

    @Override
    public void onOutOfOrder(Direction direction, long offset, int length) {
      assertThat(isClosed || ignored).isFalse();
      assertThat(offset).isEqualTo(next[direction.ordinal()]);
    }

    @Override
    public void onEnd(Direction direction, PacketStamp stamp) {
      assertThat(isClosed || ignored || ended[direction.ordinal()]).isFalse();
      checkStamp(stamp);
      ended[direction.ordinal()] = true;
    }

    @Override
    public void onClose(CloseReason reason, long epochNanos) {
      assertThat(isClosed).isFalse();
      isClosed = true;
      closed++;
    }

    private void advance(Direction direction, long offset, long length) {
      assertThat(isClosed || ignored || ended[direction.ordinal()]).isFalse();
      assertThat(offset).isEqualTo(next[direction.ordinal()]);
      assertThat(length).isPositive();
      next[direction.ordinal()] += length;
      if (chance.applyAsInt(200) == 199) {
        ignored = true;
        connection.ignore();
      }
    }

    private void checkContent(Direction direction, ByteBuf data, long offset) {
      int at = direction.ordinal();
      for (int i = 0; i < data.readableBytes(); i++) {
        int base = data.getByte(data.readerIndex() + i) - (int) (offset + i) & 0xff;
        bases[at] = bases[at] < 0 ? base : bases[at];
        if (base != bases[at]) {
          throw new AssertionError("another byte than was sent, at offset " + (offset + i));
        }
      }
    }

    private void checkStamp(PacketStamp stamp) {
      for (Direction direction : Direction.values()) {
        long before = stamp.packetsBefore(direction);
        assertThat(before).isBetween(0L, stamp.packetsThrough(direction));
        assertThat(stamp.bytesBefore(direction)).isBetween(0L, stamp.bytesThrough(direction));
      }
    }
  }
}
