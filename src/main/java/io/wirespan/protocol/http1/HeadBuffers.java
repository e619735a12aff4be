// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import java.util.ArrayDeque;

/**
 * The memory for heads that are spread over several segments: of all connections together no more
 * than a given number of bytes.
 */
final class HeadBuffers {
  static final byte[] NONE = {};

  private static final int SMALLEST = 1024;
  private static final int SPARES = 64;

  private final long limit;
  private final ArrayDeque<byte[]> spares = new ArrayDeque<>(SPARES);
  private long lent;

  HeadBuffers(long limit) {
    this.limit = limit;
  }

  /**
   * A buffer with room for {@code needed} bytes that begins with the first {@code used} of {@code
   * buffer}, which is taken back; {@code buffer} itself if it is long enough, or if the limit does
   * not allow a longer one.
   */
  byte[] grow(byte[] buffer, int used, int needed) {
    if (needed <= buffer.length) {
      return buffer;
    }
    int length = Math.max(SMALLEST, Integer.highestOneBit(needed - 1) << 1);
    if (lent - buffer.length + length > limit) {
      return buffer;
    }
    byte[] larger = length == SMALLEST ? spares.poll() : null;
    if (larger == null) {
      larger = new byte[length];
    }
    lent += length;
    System.arraycopy(buffer, 0, larger, 0, used);
    giveBack(buffer);
    return larger;
  }

  void giveBack(byte[] buffer) {
    lent -= buffer.length;
    if (buffer.length == SMALLEST && spares.size() < SPARES) {
      spares.push(buffer);
    }
  }

  /** Bytes in use. */
  long lent() {
    return lent;
  }
}
