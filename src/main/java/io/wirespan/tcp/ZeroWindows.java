// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/**
 * How long each side of a connection has announced a window of zero, so that the other had to stop
 * (RFC 9293, section 3.8.6.1). The window's scale does not matter: it leaves zero as it is.
 */
final class ZeroWindows {
  private static final long OPEN = Long.MIN_VALUE;

  private long sinceOf0 = OPEN;
  private long sinceOf1 = OPEN;
  private long totalOf0;
  private long totalOf1;

  /** Takes what a segment says of its sender's window. That of a reset says nothing. */
  void onSegment(Segment segment, int side, long epochNanos) {
    if (segment.isRst()) {
      return;
    }
    boolean closed = segment.window == 0;
    if (closed == (since(side) != OPEN)) {
      return;
    }
    if (side == 0) {
      totalOf0 = nanos(0, epochNanos);
      sinceOf0 = closed ? epochNanos : OPEN;
    } else {
      totalOf1 = nanos(1, epochNanos);
      sinceOf1 = closed ? epochNanos : OPEN;
    }
  }

  /** How long the side had no room in all, until then. */
  long nanos(int side, long epochNanos) {
    long current = since(side) == OPEN ? 0 : Math.max(0, epochNanos - since(side));
    return (side == 0 ? totalOf0 : totalOf1) + current;
  }

  private long since(int side) {
    return side == 0 ? sinceOf0 : sinceOf1;
  }
}
