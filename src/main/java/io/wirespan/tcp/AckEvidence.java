// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/**
 * Proof that bytes which were not captured did cross the wire: the other side acknowledged them.
 *
 * <p>A capture may deliver a packet a little late (each CPU has its own ring), so a claim counts
 * only once it is older than the capture's reordering window. The oldest claim that is still ahead
 * of the stream and the newest one are kept.
 */
final class AckEvidence {
  private final Stamp stamp = new Stamp();
  private long offset;
  private long sinceEpochNanos;

  private final Stamp latestStamp = new Stamp();
  private long latestOffset;
  private long latestSinceEpochNanos;

  /** Notes that all bytes before {@code acknowledged} were received. */
  void claim(long acknowledged, long nextOffset, long epochNanos, Stamp by) {
    if (acknowledged > latestOffset) {
      latestOffset = acknowledged;
      latestSinceEpochNanos = epochNanos;
      latestStamp.copy(by);
    }
    if (offset <= nextOffset) {
      promote();
    }
  }

  /** Whether a claim beyond {@code nextOffset} is old enough to be believed. */
  boolean isOverdue(long nextOffset, long epochNanos, long windowNanos) {
    if (offset <= nextOffset) {
      promote();
    }
    return offset > nextOffset && epochNanos - sinceEpochNanos >= windowNanos;
  }

  private void promote() {
    offset = latestOffset;
    sinceEpochNanos = latestSinceEpochNanos;
    stamp.copy(latestStamp);
  }

  /** The stream begins by so many bytes earlier than thought. */
  void shift(int by) {
    offset += by;
    latestOffset += by;
  }

  boolean isAhead(long nextOffset) {
    return latestOffset > nextOffset;
  }

  /** End of the bytes that the claim to be believed next is about. */
  long offset() {
    return offset;
  }

  Stamp stamp() {
    return stamp;
  }

  /** End of the bytes that any claim is about. */
  long latestOffset() {
    return latestOffset;
  }
}
