// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import java.util.concurrent.TimeUnit;

/**
 * How long to wait for a ring's wake-up mark before looking without it. To wait longer is cheaper,
 * but what comes in the meantime is then read in one go, ahead of whatever else the CPU has to do:
 * the traced programs wait for that. So the wait becomes shorter as batches take longer.
 */
final class PollPace {
  /** How late a single packet may be handed over. */
  private static final int LONGEST_MILLIS = 50;

  /** The same when nothing has come for a while: to look again and again is what idling costs. */
  private static final int LONGEST_IDLE_MILLIS = 200;

  private static final int SHORTEST_MILLIS = 10;

  private static final long LONG_BATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(4);
  private static final long SHORT_BATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private int millis = LONGEST_MILLIS;

  int waitMillis() {
    return millis;
  }

  /** Records were there without waiting for them. */
  void onRecords() {
    millis = Math.min(millis, LONGEST_MILLIS);
  }

  /**
   * The wait is over.
   *
   * @param records that were there then
   * @param nanos that it took to read them
   */
  void onBatch(int records, long nanos) {
    if (records == 0) {
      millis = Math.min(2 * millis, LONGEST_IDLE_MILLIS);
    } else if (nanos > LONG_BATCH_NANOS) {
      millis = Math.clamp(millis / 2, SHORTEST_MILLIS, LONGEST_MILLIS);
    } else if (nanos < SHORT_BATCH_NANOS) {
      millis = Math.min(2 * millis, LONGEST_MILLIS);
    } else {
      onRecords();
    }
  }
}
