// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * Turns CLOCK_MONOTONIC, the clock of {@code bpf_ktime_get_ns()} and, on Linux, of {@link
 * System#nanoTime}, into epoch nanoseconds.
 *
 * <p>The offset between the two is fixed when the clock starts, so that a step of the wall clock
 * bends no duration; {@link #correctionNanos} says by how much the wall clock has stepped since.
 * For one thread.
 */
final class MonotonicClock {
  private static final int SAMPLES = 8;
  private static final long MEASURE_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LEAST_STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final long offset;
  private long measuredAt = System.nanoTime();
  private long correction;

  private MonotonicClock(long offset) {
    this.offset = offset;
  }

  static MonotonicClock start() {
    return new MonotonicClock(measureOffset());
  }

  /** The same clock for another thread: times of the two compare to the nanosecond. */
  MonotonicClock another() {
    return new MonotonicClock(offset);
  }

  long toEpochNanos(long monotonicNanos) {
    return monotonicNanos + offset;
  }

  /** Now, by this clock. */
  long nowEpochNanos() {
    return toEpochNanos(System.nanoTime());
  }

  /**
   * What to add to an epoch time of this clock to have it by the wall clock of now. Measured once a
   * second; differences that may as well be errors of the measurement count as none.
   */
  long correctionNanos() {
    long now = System.nanoTime();
    if (now - measuredAt >= MEASURE_EVERY_NANOS) {
      measuredAt = now;
      long difference = measureOffset() - offset;
      correction = Math.abs(difference) < LEAST_STEP_NANOS ? 0 : difference;
    }
    return correction;
  }

  /** The reading whose two ends lie closest together was least disturbed. */
  private static long measureOffset() {
    long best = 0;
    long shortest = Long.MAX_VALUE;
    for (int i = 0; i < SAMPLES; i++) {
      long before = System.nanoTime();
      Instant now = Instant.now();
      long width = System.nanoTime() - before;
      if (width < shortest) {
        shortest = width;
        best = epochNanos(now) - before - width / 2;
      }
    }
    return best;
  }

  private static long epochNanos(Instant instant) {
    return TimeUnit.SECONDS.toNanos(instant.getEpochSecond()) + instant.getNano();
  }
}
