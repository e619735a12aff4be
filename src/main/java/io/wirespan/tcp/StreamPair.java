// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/**
 * The two streams of a connection, delivered as cause and effect: behind all that a segment's
 * sender had received when it sent it, as its acknowledgement number tells. So a response comes
 * behind its request in whatever order a capture hands their packets over.
 */
final class StreamPair {
  private final StreamReassembler of0;
  private final StreamReassembler of1;

  StreamPair(TrackedConnection connection, TcpContext context) {
    of0 = new StreamReassembler(connection, context, 0);
    of1 = new StreamReassembler(connection, context, 1);
    of0.setOpposite(of1);
    of1.setOpposite(of0);
  }

  /** What this side sends. */
  StreamReassembler of(int side) {
    return side == 0 ? of0 : of1;
  }

  /** Whether there are bytes that wait, or that are missing and may still come. */
  boolean isWaiting() {
    return of0.isWaiting() || of1.isWaiting();
  }

  /**
   * Delivers what waits for nothing any more, and gives up what has waited too long by then. What
   * one side delivers may be what the other waited for.
   */
  void settle(long epochNanos) {
    boolean moved = isWaiting();
    while (moved) {
      moved = of0.drain() | of1.drain() || of0.giveUp(epochNanos) || of1.giveUp(epochNanos);
    }
  }

  /** Nothing more will come: reports every hole and delivers what waits behind it. */
  void flush() {
    settle(Long.MAX_VALUE);
  }

  boolean isHalfClosed() {
    return of0.isEnded() || of1.isEnded();
  }

  boolean isFinished() {
    return of0.isEnded() && of1.isEnded();
  }

  /** Frees the memory. */
  void release() {
    of0.release();
    of1.release();
  }
}
