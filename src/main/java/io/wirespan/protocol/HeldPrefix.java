// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.wirespan.tcp.Direction;
import io.wirespan.tcp.PacketStamp;

/**
 * The first few bytes of a stream or a message, kept until there are enough of them to tell what
 * they begin, with the stamp of the first of them.
 */
public final class HeldPrefix {
  /** Enough for every decision: the longest method, a space and one more byte. */
  public static final int CAPACITY = 64;

  private final ByteBuf bytes = Unpooled.buffer(CAPACITY, CAPACITY);
  private final HeldStamp stamp = new HeldStamp();
  private long offset;
  private int lastTaken;

  /** Takes bytes until full; those that do not fit stay in {@code data}. */
  public void take(ByteBuf data, long offset, PacketStamp stamp) {
    if (!bytes.isReadable()) {
      this.offset = offset;
      this.stamp.copy(stamp);
    }
    lastTaken = Math.min(data.readableBytes(), bytes.writableBytes());
    bytes.writeBytes(data, lastTaken);
  }

  /** Undoes the last {@link #take}, so that its bytes keep their own stamp. */
  public void giveBack(ByteBuf data) {
    bytes.writerIndex(bytes.writerIndex() - lastTaken);
    data.readerIndex(data.readerIndex() - lastTaken);
    lastTaken = 0;
  }

  public boolean isFull() {
    return !bytes.isWritable();
  }

  public boolean isEmpty() {
    return !bytes.isReadable();
  }

  public ByteBuf bytes() {
    return bytes;
  }

  /** Stream offset of the first byte held. */
  public long offset() {
    return offset;
  }

  /** Of the packet that brought the first byte held. */
  public PacketStamp stamp() {
    return stamp;
  }

  public void clear() {
    bytes.clear();
  }

  private static final class HeldStamp implements PacketStamp {
    /** Of each direction. */
    private static final int COUNTS = 5;

    private long timestampEpochNanos;
    private long packetNumber;
    private long acknowledgedOffset;
    private final long[] counts = new long[2 * COUNTS];

    void copy(PacketStamp stamp) {
      timestampEpochNanos = stamp.timestampEpochNanos();
      packetNumber = stamp.packetNumber();
      acknowledgedOffset = stamp.acknowledgedOffset();
      for (Direction direction : DIRECTIONS) {
        int at = COUNTS * direction.ordinal();
        counts[at] = stamp.packetsThrough(direction);
        counts[at + 1] = stamp.packetsBefore(direction);
        counts[at + 2] = stamp.bytesThrough(direction);
        counts[at + 3] = stamp.bytesBefore(direction);
        counts[at + 4] = stamp.zeroWindowNanos(direction);
      }
    }

    private static final Direction[] DIRECTIONS = Direction.values();

    @Override
    public long timestampEpochNanos() {
      return timestampEpochNanos;
    }

    @Override
    public long packetNumber() {
      return packetNumber;
    }

    @Override
    public long acknowledgedOffset() {
      return acknowledgedOffset;
    }

    @Override
    public long packetsThrough(Direction direction) {
      return counts[COUNTS * direction.ordinal()];
    }

    @Override
    public long packetsBefore(Direction direction) {
      return counts[COUNTS * direction.ordinal() + 1];
    }

    @Override
    public long bytesThrough(Direction direction) {
      return counts[COUNTS * direction.ordinal() + 2];
    }

    @Override
    public long bytesBefore(Direction direction) {
      return counts[COUNTS * direction.ordinal() + 3];
    }

    @Override
    public long zeroWindowNanos(Direction direction) {
      return counts[COUNTS * direction.ordinal() + 4];
    }
  }
}
