// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingDeque;

/**
 * Bytes that are added to at their end, in pieces of memory that a socket can write from without
 * another copy. Pieces are used again, also by others, once {@link #clear} has given them back.
 */
final class SpanBytes {
  private static final int PIECE_BYTES = 1 << 17;

  /** Pieces that are kept while nobody uses them; what a burst has needed beyond goes. */
  static final class Pool {
    private static final int KEPT_PIECES = 64;

    private final LinkedBlockingDeque<ByteBuffer> unused = new LinkedBlockingDeque<>(KEPT_PIECES);

    /** The one that was given back last: some of it may still be in the CPU's cache. */
    private ByteBuffer take() {
      ByteBuffer piece = unused.pollFirst();
      return piece == null ? ByteBuffer.allocateDirect(PIECE_BYTES) : piece;
    }

    private void giveBack(ByteBuffer piece) {
      piece.clear();
      unused.offerFirst(piece);
    }
  }

  private final Pool pool;
  private final List<ByteBuffer> pieces = new ArrayList<>();
  private int length;

  SpanBytes(Pool pool) {
    this.pool = pool;
  }

  int length() {
    return length;
  }

  void add(byte[] from, int start, int count) {
    int at = start;
    int end = start + count;
    while (at < end) {
      ByteBuffer piece = last();
      int part = Math.min(end - at, piece.remaining());
      piece.put(from, at, part);
      at += part;
    }
    length += count;
  }

  /** A piece that is not full. */
  private ByteBuffer last() {
    if (pieces.isEmpty() || !pieces.getLast().hasRemaining()) {
      pieces.add(pool.take());
    }
    return pieces.getLast();
  }

  /** What was added, for one reader; valid until {@link #clear}. */
  List<ByteBuffer> buffers() {
    List<ByteBuffer> buffers = new ArrayList<>(pieces.size());
    for (ByteBuffer piece : pieces) {
      buffers.add(piece.duplicate().flip());
    }
    return buffers;
  }

  void clear() {
    pieces.forEach(pool::giveBack);
    pieces.clear();
    length = 0;
  }
}
