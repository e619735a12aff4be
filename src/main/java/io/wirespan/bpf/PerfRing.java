// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.wirespan.capture.FlowShare;
import io.wirespan.generated.LibBpf;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The perf ring of one CPU, read in place by one worker. After {@code struct perf_event_mmap_page}
 * come the data, a power of two of bytes that {@code data_head} and {@code data_tail} count without
 * wrapping:
 *
 * <pre>
 *   0        4      6      8            12
 *   +--------+------+------+------------+----------------------+---------+----------+
 *   | type   | misc | size | raw size   | event, see below     | packet  | 0-7 pad  |  SAMPLE
 *   +--------+------+------+------------+----------------------+---------+----------+
 *   | type   | misc | size | id (8 bytes)| lost (8 bytes)      |                       LOST
 *   +--------+------+------+-------------+---------------------+
 * </pre>
 *
 * The event is a {@code struct packet_event}, and two {@code struct skipped} if it says so.
 *
 * <p>A record that goes round the end of the ring, or whose packet goes on in the next record, is
 * copied to be in one piece; no other is.
 *
 * <p>Several workers may read the same ring, each through an instance of its own and at its own
 * pace: each takes the records of its flows, and goes past the others. The kernel gets back what
 * all of them have gone past.
 */
final class PerfRing {
  /** {@link #nextTimestamp} when there is no record left. */
  static final long NONE = Long.MAX_VALUE;

  private static final int DATA_HEAD = 1024; // linux/perf_event.h, struct perf_event_mmap_page
  private static final int DATA_TAIL = 1032;
  private static final int RECORD_HEADER_LENGTH = 8;
  private static final int EVENT_AT = RECORD_HEADER_LENGTH + Integer.BYTES;
  private static final int LOST_COUNT_AT = 16;

  /** Room for one record in one piece. */
  static final int PIECES_LENGTH = (1 << 16) + EventLayout.MAX_TAIL;

  private static final long PART = EventLayout.offset(EventLayout.PACKET_EVENT, "part");
  private static final long HAS_SKIPPED =
      EventLayout.offset(EventLayout.PACKET_EVENT, "has_skipped");
  private static final long CAPTURED_LENGTH =
      EventLayout.offset(EventLayout.PACKET_EVENT, "captured_length");
  private static final VarHandle POSITION = JAVA_LONG.varHandle();
  private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  private final MemorySegment metadata;
  private final MemorySegment data;
  private final ByteBuf dataBytes;
  private final long mask;
  private final MemorySegment pieced;
  private final ByteBuf piecedBytes;
  private final int number;
  private final RingIndex index;
  private final ReadPositions positions;
  private final FlowShare share;

  private long head;
  private long tail;

  /** How many records lie before the tail. */
  private long passed;

  private long released;
  private long nextTimestamp = NONE;
  private long lost;

  /** Position of a head that was left for the next {@link #begin}. */
  private long deferred = NONE;

  private MemorySegment record;
  private ByteBuf recordBytes;
  private long eventAt;

  /**
   * @param mapped the metadata page and the data behind it
   * @param pieces {@link #PIECES_LENGTH} bytes for a record that goes round the end; the worker's
   *     other rings may use them too, as it has one current sample at a time
   * @param number of the ring in {@code positions}
   * @param index of the ring, for all workers; not used by one that works alone
   * @param share whose worker this is
   */
  PerfRing(
      MemorySegment mapped,
      long pageSize,
      MemorySegment pieces,
      int number,
      RingIndex index,
      ReadPositions positions,
      FlowShare share) {
    this.metadata = mapped.asSlice(0, pageSize);
    this.data = mapped.asSlice(pageSize);
    this.dataBytes = Unpooled.wrappedBuffer(data.asByteBuffer());
    this.mask = data.byteSize() - 1;
    this.pieced = pieces;
    this.piecedBytes = Unpooled.wrappedBuffer(pieces.asByteBuffer());
    this.number = number;
    this.index = index;
    this.positions = positions;
    this.share = share;
    this.tail = positions.get(share.worker(), number);
    this.released = tail;
    this.head = tail;
  }

  /** Looks how far the kernel has written; records behind that wait for the next call. */
  void begin() {
    head = (long) POSITION.getAcquire(metadata, (long) DATA_HEAD);
    if (!share.isAll()) {
      index.extend(data, head);
    }
    advance();
  }

  /** The time of the next sample of ours, or {@link #NONE}. */
  long nextTimestamp() {
    return nextTimestamp;
  }

  /** Makes the next sample the current one; only if {@link #nextTimestamp} is not NONE. */
  void take() {
    long at = tail & mask;
    int length = recordLength(at);
    long next = tail + length;
    passed++;
    if (partAt(tail) == EventLayout.PART_HEAD && next < head && isTail(next)) {
      copyToPieces(at, length);
      length += appendTail(next);
      passed++;
    } else if (at + length <= data.byteSize()) {
      record = data;
      recordBytes = dataBytes;
      eventAt = at + EVENT_AT;
    } else {
      copyToPieces(at, length);
    }
    tail += length;
  }

  /** Goes past the current sample and whatever follows it that is none, or none of ours. */
  void advance() {
    nextTimestamp = NONE;
    while (tail < head) {
      releaseIfMuch();
      int entry = share.isAll() ? RingIndex.describe(data, tail, 1) : index.get(passed);
      if (isOurs(entry)) {
        if (!waitsForTail()) {
          nextTimestamp = longAt(tail + EVENT_AT);
        }
        return;
      }
      if (RingIndex.kind(entry) == RingIndex.LOST) {
        lost += longAt(tail + LOST_COUNT_AT);
      }
      tail += RingIndex.length(entry);
      passed++;
    }
  }

  private boolean isOurs(int entry) {
    return switch (RingIndex.kind(entry)) {
      case RingIndex.OF_WORKER -> RingIndex.worker(entry) == share.worker();
      case RingIndex.OF_ALL -> true;
      default -> false;
    };
  }

  /** So that a long walk does not keep the kernel waiting for room. */
  private void releaseIfMuch() {
    if (tail - released > mask >> 2) {
      release();
    }
  }

  /** Says how far this worker has read; the current sample is not valid any more. */
  void release() {
    if (tail != released) {
      released = tail;
      positions.set(share.worker(), number, tail);
      giveBack(positions.slowest(number));
    }
  }

  /** Another worker may be ahead of this one here, and the tail must never go back. */
  private void giveBack(long position) {
    long given = (long) POSITION.getVolatile(metadata, (long) DATA_TAIL);
    while (given < position) {
      long found = (long) POSITION.compareAndExchange(metadata, (long) DATA_TAIL, given, position);
      if (found == given) {
        return;
      }
      given = found;
    }
  }

  /** Samples that found no room, as far as the kernel has said so. */
  long lost() {
    return lost;
  }

  /** A 64-bit field of the current sample's event. */
  long eventLong(long offset) {
    return record.get(JAVA_LONG_UNALIGNED, eventAt + offset);
  }

  /** A 32-bit field of the current sample's event. */
  int eventInt(long offset) {
    return record.get(JAVA_INT_UNALIGNED, eventAt + offset);
  }

  /** A 16-bit field of the current sample's event. */
  int eventUnsignedShort(long offset) {
    return Short.toUnsignedInt(record.get(JAVA_SHORT_UNALIGNED, eventAt + offset));
  }

  /** An 8-bit field of the current sample's event. */
  byte eventByte(long offset) {
    return record.get(JAVA_BYTE, eventAt + offset);
  }

  /** The memory with the current sample's packet at {@link #packetIndex()}. */
  ByteBuf packetBytes() {
    return recordBytes;
  }

  int packetIndex() {
    long skipped = hasSkipped() ? 2 * EventLayout.SKIPPED.byteSize() : 0;
    return (int) (skippedOffset(0) + eventAt + skipped);
  }

  /** Whether the current sample's event is followed by what was skipped. */
  boolean hasSkipped() {
    return eventByte(HAS_SKIPPED) != 0;
  }

  /** Offset, as of a field of the event, of the sender's {@code struct skipped}, or the other. */
  static long skippedOffset(int index) {
    return EventLayout.PACKET_EVENT.byteSize() + index * EventLayout.SKIPPED.byteSize();
  }

  /** A record's own length; its header never goes round the end, as records are 8-byte aligned. */
  private int recordLength(long at) {
    return Short.toUnsignedInt(data.get(JAVA_SHORT, at + 6));
  }

  private void copyToPieces(long at, int length) {
    copy(at, 0, length);
    record = pieced;
    recordBytes = piecedBytes;
    eventAt = EVENT_AT;
  }

  private void copy(long at, long to, long length) {
    long first = Math.min(length, data.byteSize() - at);
    MemorySegment.copy(data, at, pieced, to, first);
    MemorySegment.copy(data, 0, pieced, to + first, length - first);
  }

  /** Which part of a packet the sample at this position holds. */
  private byte partAt(long position) {
    return data.get(JAVA_BYTE, position + EVENT_AT + PART & mask);
  }

  private boolean isTail(long position) {
    return data.get(JAVA_INT_UNALIGNED, position & mask) == LibBpf.PERF_RECORD_SAMPLE()
        && partAt(position) == EventLayout.PART_TAIL;
  }

  /**
   * Whether this is a head, and the last record yet. Its tail is written right behind it, or found
   * no room: by the second look it is there if it comes at all.
   */
  private boolean waitsForTail() {
    if (partAt(tail) != EventLayout.PART_HEAD
        || tail + recordLength(tail & mask) < head
        || deferred == tail) {
      return false;
    }
    deferred = tail;
    return true;
  }

  /**
   * Puts the packet's last bytes behind those of the current record.
   *
   * @return length of the record that they came in
   */
  private int appendTail(long position) {
    int captured = eventInt(CAPTURED_LENGTH);
    int length = data.get(JAVA_INT_UNALIGNED, position + EVENT_AT + CAPTURED_LENGTH & mask);
    long bytesAt = position + EVENT_AT + EventLayout.PACKET_EVENT.byteSize() & mask;
    copy(bytesAt, packetIndex() + captured, Math.clamp(length, 0, EventLayout.MAX_TAIL));
    pieced.set(JAVA_INT_UNALIGNED, eventAt + CAPTURED_LENGTH, captured + length);
    return recordLength(position & mask);
  }

  /** Two halves, because a field may go round the end between them. */
  private long longAt(long position) {
    long first = Integer.toUnsignedLong(data.get(JAVA_INT_UNALIGNED, position & mask));
    long second = Integer.toUnsignedLong(data.get(JAVA_INT_UNALIGNED, position + 4 & mask));
    return LITTLE_ENDIAN ? first | second << 32 : first << 32 | second;
  }
}
