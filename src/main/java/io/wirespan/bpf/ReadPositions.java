// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How far each worker has read each ring. What the slowest has not read, the kernel may not
 * overwrite.
 *
 * <p>A worker's positions lie side by side and apart from those of others, so that publishing one
 * takes no cache line from another worker that publishes:
 *
 * <pre>
 *   | padding | worker 0: ring 0, 1, 2 ... | padding | worker 1: ring 0, 1, 2 ... | padding |
 * </pre>
 */
final class ReadPositions {
  /** Two lines of 64 bytes: processors fetch them in pairs. */
  private static final int PADDING = 128 / Long.BYTES;

  private static final VarHandle POSITION = MethodHandles.arrayElementVarHandle(long[].class);

  private final int workers;
  private final int stride;
  private final long[] positions;

  ReadPositions(int workers, int rings) {
    this.workers = workers;
    this.stride = rings + PADDING;
    this.positions = new long[PADDING + workers * stride];
  }

  int workers() {
    return workers;
  }

  long get(int worker, int ring) {
    return (long) POSITION.getVolatile(positions, at(worker, ring));
  }

  /** Says that the worker needs nothing of the ring that lies before the position. */
  void set(int worker, int ring, long position) {
    // Volatile, not release: of two workers that set theirs at once and then look for the slowest,
    // at least one must see both, or the ring's tail would stay behind.
    POSITION.setVolatile(positions, at(worker, ring), position);
  }

  /** Where the ring's slowest worker is. */
  long slowest(int ring) {
    long slowest = get(0, ring);
    for (int worker = 1; worker < workers; worker++) {
      slowest = Math.min(slowest, get(worker, ring));
    }
    return slowest;
  }

  private int at(int worker, int ring) {
    return PADDING + worker * stride + ring;
  }
}
