// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import io.netty.buffer.ByteBuf;
import io.wirespan.protocol.ContentCounter;
import io.wirespan.protocol.MessageStats;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.Direction;
import io.wirespan.tcp.PacketStamp;

/** One message of a stream while it is being read. */
final class StreamMessage {
  private final Connection connection;
  private final Direction direction;
  private final long zeroWindowBefore;
  private long zeroWindowThrough;
  private boolean begun;
  private boolean headSeen;
  private boolean ended;
  private long firstOffset;
  private long firstNanos;
  private long lastNanos;
  private long lastPacket;
  private long packets;
  private long bytes;
  private long headerBytes;
  private long bodyBytes;
  private int retransmits;
  private int outOfOrder;

  /** Null unless the content is known to be framed. */
  private ContentCounter counter;

  /** Of a stream that begins now. */
  StreamMessage(Connection connection, Direction direction) {
    this.connection = connection;
    this.direction = direction;
    this.zeroWindowBefore = connection.zeroWindowNanos(direction);
  }

  /** Counts a block of header fields: a head, or trailers. */
  void addBlock(HeaderBlock block) {
    begin(block.firstOffset(), block.firstNanos());
    packets += block.packets() - (lastPacket == block.firstPacket() ? 1 : 0);
    lastPacket = block.lastPacket();
    lastNanos = Math.max(lastNanos, block.lastNanos());
    bytes += block.wireBytes();
    headerBytes += block.payloadBytes();
  }

  void addDataFrame(FrameReader frame) {
    begin(frame.firstOffset(), frame.firstNanos());
    countPacket(frame.firstPacket());
    bytes += frame.wireLength();
  }

  private void begin(long offset, long nanos) {
    if (!begun) {
      begun = true;
      firstOffset = offset;
      firstNanos = nanos;
      lastNanos = nanos;
    }
  }

  void touch(PacketStamp stamp) {
    lastNanos = Math.max(lastNanos, stamp.timestampEpochNanos());
    countPacket(stamp.packetNumber());
  }

  private void countPacket(long number) {
    if (number != lastPacket) {
      lastPacket = number;
      packets++;
    }
  }

  void addContent(ByteBuf data, int length) {
    bodyBytes += length;
    if (counter != null) {
      counter.take(data, length);
    }
  }

  void addLostContent(long length) {
    bodyBytes += length;
    if (counter != null) {
      counter.lose(length);
    }
  }

  /** Content may have been missed, nobody knows how much. */
  void losePlace() {
    if (counter != null) {
      counter.losePlace();
    }
  }

  /** What began was an interim response. */
  void retract() {
    begun = false;
    headerBytes = 0;
  }

  /**
   * @param fromStart whether content that went before would have been seen
   */
  void countContent(ContentCounter with, boolean fromStart) {
    counter = with;
    if (!fromStart || bodyBytes > 0) {
      counter.losePlace();
    }
  }

  void countSegment(long offset, boolean repeated) {
    if (begun && !ended && offset >= firstOffset) {
      if (repeated) {
        retransmits++;
      } else {
        outOfOrder++;
      }
    }
  }

  void takeHead() {
    headSeen = true;
  }

  void end() {
    if (!ended) {
      ended = true;
      zeroWindowThrough = connection.zeroWindowNanos(direction);
    }
  }

  boolean begun() {
    return begun;
  }

  /** Whether its header fields were seen, even if nothing of them can be known. */
  boolean headSeen() {
    return headSeen;
  }

  boolean ended() {
    return ended;
  }

  long bodyBytes() {
    return bodyBytes;
  }

  /** Epoch nanoseconds; 0 before it began. */
  long firstNanos() {
    return begun ? firstNanos : 0;
  }

  long lastNanos() {
    return begun ? lastNanos : 0;
  }

  MessageStats stats() {
    long through = ended ? zeroWindowThrough : connection.zeroWindowNanos(direction);
    return new MessageStats(
        packets,
        bytes,
        headerBytes,
        bodyBytes,
        retransmits,
        outOfOrder,
        through - zeroWindowBefore);
  }
}
