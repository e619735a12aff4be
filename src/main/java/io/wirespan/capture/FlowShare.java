// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

/**
 * Which flows belong to one of several capture threads: an equal part of the range of flow hashes.
 *
 * @param worker from 0
 * @param workers how many share the flows
 */
public record FlowShare(int worker, int workers) {
  /** Every flow, for a thread that works alone. */
  public static final FlowShare ALL = new FlowShare(0, 1);

  public FlowShare {
    if (worker < 0 || worker >= workers) {
      throw new IllegalArgumentException("worker=%d workers=%d".formatted(worker, workers));
    }
  }

  /** To which of the workers the flow with that hash belongs. */
  public static int workerOf(int flowHash, int workers) {
    return (int) (Integer.toUnsignedLong(flowHash) * workers >>> Integer.SIZE);
  }

  /** Whether the flow with that hash belongs to this worker. */
  public boolean includes(int flowHash) {
    return workerOf(flowHash, workers) == worker;
  }

  /** Whether nothing is shared. */
  public boolean isAll() {
    return workers == 1;
  }

  /** Whether this is the worker that counts what all of them are given. */
  public boolean isFirst() {
    return worker == 0;
  }
}
