// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import java.util.Map;

/**
 * What a packet source saw, as of the moment it was asked. Packets, unless said otherwise.
 *
 * @param seen crossed the interfaces, or stood in the file
 * @param forwarded handed to the pipeline
 * @param lostKernel that the kernel meant to forward and could not
 * @param lostRing overwritten before they were read (PERF_RECORD_LOST)
 * @param truncated handed over with fewer bytes than they had on the wire
 * @param ignored not handed over, by reason
 * @param skipsRefused words of {@link SkipControl} that the source could not take
 */
public record CaptureCounters(
    long seen,
    long forwarded,
    long lostKernel,
    long lostRing,
    long truncated,
    Map<String, Long> ignored,
    long skipsRefused) {

  /** Of a source that skips nothing. */
  public CaptureCounters(
      long seen,
      long forwarded,
      long lostKernel,
      long lostRing,
      long truncated,
      Map<String, Long> ignored) {
    this(seen, forwarded, lostKernel, lostRing, truncated, ignored, 0);
  }
}
