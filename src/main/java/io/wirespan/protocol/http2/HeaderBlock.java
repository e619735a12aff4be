// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.wirespan.protocol.Outcome;
import io.wirespan.tcp.PacketStamp;

/**
 * The header block that one direction is in the middle of (RFC 9113, section 4.3): where it came
 * from, and its bytes, which are collected only if they do not come in one piece.
 */
final class HeaderBlock {
  private final Http2Protocol shared;
  private ByteBuf bytes = Unpooled.EMPTY_BUFFER;

  private boolean open;
  private int streamId;
  private int promisedId;
  private boolean endsStream;
  private Outcome damage = Outcome.COMPLETE;

  private long firstOffset;
  private long firstNanos;
  private long lastNanos;
  private long firstPacket;
  private long lastPacket;
  private int packets;
  private int wireBytes;
  private int payloadBytes;

  HeaderBlock(Http2Protocol shared) {
    this.shared = shared;
  }

  /**
   * @param promisedId the stream that a PUSH_PROMISE announces, else 0
   */
  void begin(FrameReader frame, int promisedId) {
    open = true;
    streamId = frame.streamId();
    this.promisedId = promisedId;
    endsStream = frame.type() == Frame.HEADERS && frame.has(Frame.END_STREAM);
    damage = Outcome.COMPLETE;
    firstOffset = frame.firstOffset();
    firstNanos = frame.firstNanos();
    lastNanos = firstNanos;
    firstPacket = frame.firstPacket();
    lastPacket = 0;
    packets = 0;
    wireBytes = 0;
    payloadBytes = 0;
    addFrame(frame);
  }

  void addFrame(FrameReader frame) {
    countPacket(frame.firstPacket());
    wireBytes += frame.wireLength();
    payloadBytes += frame.payloadLength();
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

  /** Takes a copy of the next bytes, unless there are too many. */
  void collect(ByteBuf data, int length) {
    if (damage != Outcome.COMPLETE) {
      return;
    }
    int limit = shared.limits().headBytes();
    if (bytes.readableBytes() + length > limit) {
      damage = Outcome.PARSE_ERROR;
      return;
    }
    if (!makeRoom(length, limit)) {
      shared.counters().countHeadBufferRefusal();
      damage = Outcome.EVICTED;
      return;
    }
    bytes.writeBytes(data, data.readerIndex(), length);
  }

  private boolean makeRoom(int length, int limit) {
    int needed = bytes.readableBytes() + length;
    if (needed <= bytes.capacity()) {
      return true;
    }
    int capacity = Math.min(limit, Math.max(1024, Integer.highestOneBit(needed - 1) << 1));
    if (!shared.hold(capacity - bytes.capacity())) {
      return false;
    }
    bytes = Unpooled.buffer(capacity, capacity).writeBytes(bytes);
    return true;
  }

  /** Bytes of it are missing; the first cause stands. */
  void damage(Outcome cause) {
    if (damage == Outcome.COMPLETE) {
      damage = cause;
    }
  }

  /** Forgets its bytes. */
  void close() {
    open = false;
    if (bytes.capacity() > 0) {
      shared.release(bytes.capacity());
      bytes = Unpooled.EMPTY_BUFFER;
    }
  }

  boolean isOpen() {
    return open;
  }

  boolean isCollected() {
    return bytes.isReadable();
  }

  /** What was collected. */
  ByteBuf bytes() {
    return bytes;
  }

  int streamId() {
    return streamId;
  }

  int promisedId() {
    return promisedId;
  }

  boolean endsStream() {
    return endsStream;
  }

  /** Why it is not whole; {@link Outcome#COMPLETE} if it is. */
  Outcome damage() {
    return damage;
  }

  long firstOffset() {
    return firstOffset;
  }

  long firstNanos() {
    return firstNanos;
  }

  long lastNanos() {
    return lastNanos;
  }

  /** Number of the packet that brought its first byte. */
  long firstPacket() {
    return firstPacket;
  }

  long lastPacket() {
    return lastPacket;
  }

  int packets() {
    return packets;
  }

  int wireBytes() {
    return wireBytes;
  }

  int payloadBytes() {
    return payloadBytes;
  }
}
