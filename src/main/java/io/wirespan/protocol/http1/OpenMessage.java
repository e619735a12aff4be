// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import static io.wirespan.tcp.Wrapping.earlier;
import static io.wirespan.tcp.Wrapping.later;

import io.wirespan.protocol.MessageStats;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.Direction;
import io.wirespan.tcp.PacketStamp;

/** One message of an exchange while it is being read; the decoder counts into it. */
final class OpenMessage {
  private enum Progress {
    ABSENT,
    OPEN,
    /** Where it ends is not known. */
    DAMAGED,
    ENDED
  }

  private final OpenExchange exchange;
  private final Direction direction;
  private Progress progress = Progress.ABSENT;
  private long firstOffset;
  private long endOffset;
  private long acknowledgedOffset;
  private long firstNanos;
  private long lastNanos;
  private long lastPacket;
  private long headerBytes;
  private long bodyBytes;
  private int retransmits;
  private int outOfOrder;
  private long zeroWindowThrough;

  // Of its direction: before the exchange's first packet, and through its latest.
  private long packetsBefore;
  private long packetsThrough;
  private long bytesBefore;
  private long bytesThrough;
  private long zeroWindowBefore;

  OpenMessage(OpenExchange exchange, Direction direction) {
    this.exchange = exchange;
    this.direction = direction;
  }

  OpenExchange exchange() {
    return exchange;
  }

  /** Its first byte is there. Once more behind an interim response, whose bytes do not count. */
  void begin(long offset, PacketStamp stamp) {
    progress = Progress.OPEN;
    firstOffset = offset;
    endOffset = Long.MAX_VALUE;
    acknowledgedOffset = stamp.acknowledgedOffset();
    firstNanos = stamp.timestampEpochNanos();
    lastNanos = firstNanos;
    headerBytes = 0;
    exchange.starts(stamp);
    reach(stamp);
  }

  /** A packet brought bytes of this message; told once or more often for each. */
  void touch(PacketStamp stamp) {
    if (stamp.packetNumber() != lastPacket || lastPacket == 0) {
      reach(stamp);
    }
  }

  private void reach(PacketStamp stamp) {
    lastNanos = Math.max(lastNanos, stamp.timestampEpochNanos());
    lastPacket = Math.max(lastPacket, stamp.packetNumber());
    zeroWindowThrough = Math.max(zeroWindowThrough, stamp.zeroWindowNanos(direction));
    exchange.reaches(stamp);
  }

  /**
   * The exchange begins with this packet.
   *
   * @param begun whether it also begins with an earlier one, or a later one
   */
  void countFrom(PacketStamp stamp, boolean begun) {
    long packets = stamp.packetsBefore(direction);
    long bytes = stamp.bytesBefore(direction);
    long stalled = stamp.zeroWindowNanos(direction);
    if (!begun) {
      packetsThrough = packets;
      bytesThrough = bytes;
    }
    packetsBefore = begun ? earlier(packetsBefore, packets) : packets;
    bytesBefore = begun ? earlier(bytesBefore, bytes) : bytes;
    zeroWindowBefore = begun ? Math.min(zeroWindowBefore, stalled) : stalled;
  }

  /** The exchange reaches to this packet. */
  void countThrough(PacketStamp stamp) {
    packetsThrough = later(packetsThrough, stamp.packetsThrough(direction));
    bytesThrough = later(bytesThrough, stamp.bytesThrough(direction));
  }

  void addHeaderBytes(long length) {
    headerBytes += length;
  }

  void addBodyBytes(long length) {
    bodyBytes += length;
  }

  void end(long offset) {
    progress = Progress.ENDED;
    endOffset = offset;
  }

  void damage() {
    progress = Progress.DAMAGED;
  }

  /** What began was an interim response. */
  void retract() {
    progress = Progress.ABSENT;
  }

  /** Counts a segment that was repeated, or early, if its offset lies in this message. */
  void countSegment(long offset, boolean repeated) {
    if (!begun() || offset < firstOffset || offset >= endOffset) {
      return;
    }
    if (repeated) {
      retransmits++;
    } else {
      outOfOrder++;
    }
  }

  void countSegments(int repeated, int early) {
    retransmits += repeated;
    outOfOrder += early;
  }

  boolean begun() {
    return progress != Progress.ABSENT;
  }

  boolean inProgress() {
    return progress == Progress.OPEN;
  }

  boolean ended() {
    return progress == Progress.ENDED;
  }

  boolean damaged() {
    return progress == Progress.DAMAGED;
  }

  long bodyBytes() {
    return bodyBytes;
  }

  /** See {@link PacketStamp#acknowledgedOffset}, of its first packet. */
  long acknowledgedOffset() {
    return acknowledgedOffset;
  }

  /** Stream offset of its first byte. */
  long firstOffset() {
    return firstOffset;
  }

  /** Whether it is known how much its sender had received by its first packet. */
  boolean hasAcknowledged() {
    return acknowledgedOffset != PacketStamp.UNKNOWN_OFFSET;
  }

  /** Whether this request had not reached the server when that sent {@code response}. */
  boolean isUnreceived(PacketStamp response) {
    long received = response.acknowledgedOffset();
    return received != PacketStamp.UNKNOWN_OFFSET && received <= firstOffset;
  }

  /** Whether the answer to this request, of a client that does not pipeline, was before. */
  boolean isAnsweredBefore(long offset) {
    return acknowledgedOffset < offset && !inProgress();
  }

  /**
   * Whether a request that begins with {@code stamp} was sent before its client had received any
   * more than when it sent this one.
   */
  boolean isFollowedAtOnce(PacketStamp stamp) {
    return lastPacket == stamp.packetNumber() || acknowledgedOffset == stamp.acknowledgedOffset();
  }

  /** Epoch nanoseconds; 0 before it began. */
  long firstNanos() {
    return begun() ? firstNanos : 0;
  }

  long lastNanos() {
    return begun() ? lastNanos : 0;
  }

  /** Number of the last packet that brought bytes of it. */
  long lastPacket() {
    return lastPacket;
  }

  MessageStats stats(Connection connection) {
    return new MessageStats(
        packetsThrough - packetsBefore,
        bytesThrough - bytesBefore,
        headerBytes,
        bodyBytes,
        retransmits,
        outOfOrder,
        zeroWindowNanos(connection));
  }

  /** Of a message that never came to its end, what it waited for last counts as well. */
  private long zeroWindowNanos(Connection connection) {
    long through = inProgress() ? connection.zeroWindowNanos(direction) : zeroWindowThrough;
    return through - zeroWindowBefore;
  }
}
