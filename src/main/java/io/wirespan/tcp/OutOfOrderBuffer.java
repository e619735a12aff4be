// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Copies of segments that wait for what precedes them: a sorted list without overlap, in which the
 * first copy of a byte stays.
 */
final class OutOfOrderBuffer {
  /** {@link #firstOffset} of an empty buffer. */
  static final long NOTHING = Long.MAX_VALUE;

  /** Roughly what a chunk takes on the heap besides its bytes; keeps one-byte segments honest. */
  private static final int OVERHEAD = 256;

  /** A run of bytes of one segment. */
  static final class Chunk {
    private long offset;
    final int length;

    /** The bytes that were captured, at most {@link #length}. */
    final ByteBuf data;

    /** Whether the others were left out on purpose. */
    final boolean skipped;

    final Stamp stamp = new Stamp();

    /** Whether it came before the segment that precedes it. */
    final boolean overtook;

    private Chunk next;

    private Chunk(
        long offset, int length, ByteBuf data, boolean skipped, boolean overtook, Stamp stamp) {
      this.offset = offset;
      this.length = length;
      this.data = data;
      this.skipped = skipped;
      this.overtook = overtook;
      this.stamp.copy(stamp);
    }

    long offset() {
      return offset;
    }

    long end() {
      return offset + length;
    }
  }

  private final TcpLimits.Buffers limits;
  private final TcpCounters counters;
  private Chunk first;
  private Chunk last;
  private int segments;
  private int bytes;
  private long overlapOffset;

  OutOfOrderBuffer(TcpLimits.Buffers limits, TcpCounters counters) {
    this.limits = limits;
    this.counters = counters;
  }

  /** Whether the caps leave room for another segment. */
  boolean hasRoom(int captured) {
    int needed = captured + OVERHEAD;
    return segments < limits.maxSegmentsPerDirection()
        && bytes + needed <= limits.maxBytesPerDirection()
        && counters.bufferedBytes() + needed <= limits.maxBytes();
  }

  /** Where the first chunk begins, or {@link #NOTHING}. */
  long firstOffset() {
    return first == null ? NOTHING : first.offset;
  }

  /** The packet that brought the first chunk; not to be called on an empty buffer. */
  Stamp firstStamp() {
    return first.stamp;
  }

  /**
   * Copies what of a segment is not here yet.
   *
   * @param length bytes on the wire, {@code captured} of which are at {@code index}
   * @param skipped whether the others were left out on purpose
   * @param nextOffset offset that the stream has been delivered to
   * @return bytes that were here before, from {@link #overlapOffset} on
   */
  int insert(
      long offset,
      ByteBuf from,
      int index,
      int captured,
      int length,
      boolean skipped,
      long nextOffset,
      Stamp stamp) {
    long end = offset + length;
    Chunk previous = lastEndingBy(offset);
    Chunk chunk = previous == null ? first : previous.next;
    int overlap = 0;
    for (long at = offset; at < end; at = previous.end()) {
      if (chunk != null && chunk.offset <= at) {
        if (overlap == 0) {
          overlapOffset = at;
        }
        overlap += (int) (Math.min(end, chunk.end()) - at);
        previous = chunk;
      } else {
        int before = (int) (at - offset);
        long until = chunk == null ? end : Math.min(end, chunk.offset);
        int part = (int) (until - at);
        int partCaptured = Math.clamp((long) captured - before, 0, part);
        ByteBuf data = copy(from, index + before, partCaptured);
        boolean overtook = at != (previous == null ? nextOffset : previous.end());
        previous = link(previous, new Chunk(at, part, data, skipped, overtook, stamp));
      }
      chunk = previous.next;
    }
    return overlap;
  }

  private Chunk lastEndingBy(long offset) {
    if (last != null && last.end() <= offset) {
      return last;
    }
    Chunk previous = null;
    for (Chunk chunk = first; chunk != null && chunk.end() <= offset; chunk = chunk.next) {
      previous = chunk;
    }
    return previous;
  }

  private static ByteBuf copy(ByteBuf from, int index, int length) {
    if (length == 0) {
      return Unpooled.EMPTY_BUFFER;
    }
    byte[] copy = new byte[length];
    from.getBytes(index, copy);
    return Unpooled.wrappedBuffer(copy);
  }

  private Chunk link(Chunk previous, Chunk chunk) {
    if (previous == null) {
      chunk.next = first;
      first = chunk;
    } else {
      chunk.next = previous.next;
      previous.next = chunk;
    }
    if (chunk.next == null) {
      last = chunk;
    }
    segments++;
    account(chunk.data.readableBytes() + OVERHEAD);
    return chunk;
  }

  private void account(int change) {
    bytes += change;
    counters.addBufferedBytes(change);
  }

  /** Where the overlap that {@link #insert} reported begins. */
  long overlapOffset() {
    return overlapOffset;
  }

  /** The stream begins by so many bytes earlier than thought. */
  void shift(int by) {
    for (Chunk chunk = first; chunk != null; chunk = chunk.next) {
      chunk.offset += by;
    }
  }

  /** Takes out the first chunk; not to be called on an empty buffer. */
  Chunk poll() {
    Chunk chunk = first;
    first = chunk.next;
    if (first == null) {
      last = null;
    }
    segments--;
    account(-chunk.data.readableBytes() - OVERHEAD);
    return chunk;
  }

  /** Drops everything. */
  void clear() {
    account(-bytes);
    first = null;
    last = null;
    segments = 0;
  }
}
