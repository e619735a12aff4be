// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import io.wirespan.capture.Side;
import io.wirespan.capture.TraceRules;
import java.util.List;
import java.util.Optional;

/**
 * What to capture live.
 *
 * @param interfaces empty: every interface that is up
 * @param networkNamespace path, process id or name; empty: the agent's own
 * @param side empty: detected for each interface
 * @param ringBytes data bytes of each CPU's perf ring: a power of two, of whole pages; or {@link
 *     #AUTOMATIC_RING_BYTES}
 * @param leaveOut whether the kernel may keep to itself what the agent does not need
 */
public record LiveOptions(
    List<Selection> interfaces,
    Optional<String> networkNamespace,
    Optional<Side> side,
    TraceRules rules,
    long ringBytes,
    boolean leaveOut) {

  /** Leaves the size of the rings to the number of CPUs. */
  public static final int AUTOMATIC_RING_BYTES = 0;

  private static final long ALL_RINGS_BYTES = 64 << 20;
  private static final long SMALLEST_RING_BYTES = 1 << 20;
  private static final long LARGEST_RING_BYTES = 16 << 20;

  /** The size of a CPU's ring on a machine with that many. */
  long ringBytes(int cpus) {
    if (ringBytes != AUTOMATIC_RING_BYTES) {
      return ringBytes;
    }
    long share = Long.highestOneBit(ALL_RINGS_BYTES / cpus);
    return Math.clamp(share, SMALLEST_RING_BYTES, LARGEST_RING_BYTES);
  }

  /**
   * An interface, by its name or by its index.
   *
   * @param nameOrIndex an index if it is a number
   * @param service service name of its traffic
   */
  public record Selection(String nameOrIndex, Optional<String> service) {}
}
