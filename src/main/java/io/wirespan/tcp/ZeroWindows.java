// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.wirespan.capture.Packet;

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

  /** Takes what the source has counted, or if it counts nothing, what the segment says. */
  void count(Packet packet, Segment segment, int side) {
    if (!packet.hasFlowCounters()) {
      onSegment(segment, side, packet.timestampEpochNanos());
    } else if (packet.hasZeroWindows()) {
      long now = packet.timestampEpochNanos();
      set(side, packet.isSentWindowClosed(), packet.sentZeroWindowNanos(), now);
      set(1 - side, packet.isReceivedWindowClosed(), packet.receivedZeroWindowNanos(), now);
    } else if (sinceOf0 != OPEN || sinceOf1 != OPEN) {
      // It has forgotten the connection, and counts anew.
      sinceOf0 = OPEN;
      sinceOf1 = OPEN;
    }
  }

  /** Two CPUs do not quite agree on the time, and nothing is taken back. */
  private void set(int side, boolean closed, long nanos, long epochNanos) {
    long since = closed ? epochNanos : OPEN;
    if (side == 0) {
      totalOf0 = Math.max(totalOf0, nanos);
      sinceOf0 = since;
    } else {
      totalOf1 = Math.max(totalOf1, nanos);
      sinceOf1 = since;
    }
  }

  /** Takes what a segment says of its sender's window. That of a reset says nothing. */
  private void onSegment(Segment segment, int side, long epochNanos) {
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
