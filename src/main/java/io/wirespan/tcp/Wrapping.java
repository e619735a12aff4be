// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/**
 * Comparison of 64-bit counters that may wrap around: the later of two is the one that is ahead by
 * less than half of the range (RFC 1982, section 3.2).
 */
public final class Wrapping {
  private Wrapping() {}

  public static long later(long one, long other) {
    return one - other >= 0 ? one : other;
  }

  public static long earlier(long one, long other) {
    return one - other <= 0 ? one : other;
  }
}
