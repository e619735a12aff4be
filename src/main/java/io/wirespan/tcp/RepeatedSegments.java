// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/** Tells of a stream's segments that repeat bytes, which says something of the way they took. */
final class RepeatedSegments {
  private final TrackedConnection connection;
  private final TcpCounters counters;
  private final int side;

  RepeatedSegments(TrackedConnection connection, TcpCounters counters, int side) {
    this.connection = connection;
    this.counters = counters;
    this.side = side;
  }

  /** All of a segment is from before {@code nextOffset}. */
  void whole(long offset, int length, long nextOffset) {
    // RFC 9293, section 3.8.4: a keep-alive probe repeats the byte before the next one, or any.
    boolean keepAlive = length == 1 && offset == nextOffset - 1;
    if (!keepAlive) {
      bytes(offset, length);
    }
  }

  /** A segment had these; from before the place of the join they are not known to be repeated. */
  void bytes(long offset, int length) {
    int known = (int) Math.min(length, offset + length);
    if (known > 0) {
      counters.retransmittedSegments++;
      connection.onRetransmission(side, Math.max(0, offset), known);
    } else {
      counters.segmentsBeforeJoin++;
    }
  }
}
