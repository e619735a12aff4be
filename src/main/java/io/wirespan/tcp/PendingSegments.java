// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.netty.buffer.ByteBuf;

/** What of a stream waits to be delivered: copies of segments, and the stream's end (FIN). */
final class PendingSegments {
  /** An offset where there is none. */
  static final long NOTHING = OutOfOrderBuffer.NOTHING;

  private final TcpLimits.Buffers limits;
  private final TcpCounters counters;

  /** Null until it is needed, as most streams never do. */
  private OutOfOrderBuffer buffer;

  private long endOffset = NOTHING;
  private Stamp endStamp;

  PendingSegments(TcpLimits.Buffers limits, TcpCounters counters) {
    this.limits = limits;
    this.counters = counters;
  }

  /** Where what waits begins, or {@link #NOTHING}. */
  long firstOffset() {
    return buffer == null ? endOffset : Math.min(endOffset, buffer.firstOffset());
  }

  /** Of the packet that brought what waits first, if anything does. */
  Stamp firstStamp() {
    return beginsWithEnd() ? endStamp : buffer.firstStamp();
  }

  /** The earlier proof that bytes were sent: what follows them, or {@code otherwise}. */
  Stamp earlier(Stamp otherwise) {
    boolean first =
        firstOffset() != NOTHING
            && firstStamp().timestampEpochNanos() <= otherwise.timestampEpochNanos();
    return first ? firstStamp() : otherwise;
  }

  /** Whether nothing waits before the stream's end. */
  boolean beginsWithEnd() {
    return buffer == null || buffer.firstOffset() > endOffset;
  }

  boolean hasRoom(int captured) {
    if (buffer == null) {
      buffer = new OutOfOrderBuffer(limits, counters);
    }
    return buffer.hasRoom(captured);
  }

  /** See {@link OutOfOrderBuffer#insert}; behind {@link #hasRoom}. */
  int insert(
      long offset,
      ByteBuf from,
      int index,
      int captured,
      int length,
      boolean skipped,
      long next,
      Stamp stamp) {
    return buffer.insert(offset, from, index, captured, length, skipped, next, stamp);
  }

  /** Where the overlap that {@link #insert} reported begins. */
  long overlapOffset() {
    return buffer.overlapOffset();
  }

  /** Takes out the first segment; not if what waits begins with the end. */
  OutOfOrderBuffer.Chunk poll() {
    return buffer.poll();
  }

  /** The stream ends here; {@link #NOTHING} as long as that is not known. */
  long endOffset() {
    return endOffset;
  }

  Stamp endStamp() {
    return endStamp;
  }

  void endAt(long offset) {
    endOffset = offset;
  }

  /** Of the packet that brought the end, which waits. */
  void keepEndStamp(Stamp stamp) {
    endStamp = new Stamp();
    endStamp.copy(stamp);
  }

  /** The stream begins by so many bytes earlier than thought. */
  void shift(int by) {
    if (buffer != null && by != 0) {
      buffer.shift(by);
    }
    endOffset += endOffset == NOTHING ? 0 : by;
  }

  /** Drops the segments. */
  void clear() {
    if (buffer != null) {
      buffer.clear();
      buffer = null;
    }
  }
}
