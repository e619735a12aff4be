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
 * @param ringBytes data bytes of each CPU's perf ring, rounded up to a power of two of pages
 */
public record LiveOptions(
    List<Selection> interfaces,
    Optional<String> networkNamespace,
    Optional<Side> side,
    TraceRules rules,
    long ringBytes) {

  public static final long DEFAULT_RING_BYTES = 8 << 20;

  /**
   * An interface, by its name or by its index.
   *
   * @param nameOrIndex an index if it is a number
   * @param service service name of its traffic
   */
  public record Selection(String nameOrIndex, Optional<String> service) {}
}
