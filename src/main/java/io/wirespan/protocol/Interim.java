// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import java.util.ArrayList;
import java.util.List;

/**
 * A 1xx response (RFC 9110, section 15.2), which came before the final one.
 *
 * @param epochNanos its first byte
 */
public record Interim(int status, long epochNanos) {
  /** Further ones of an exchange are not kept. */
  private static final int MAX_KEPT = 16;

  /** The interim responses of an exchange with one more, if that is still kept. */
  public static List<Interim> append(List<Interim> kept, int status, long epochNanos) {
    if (kept.size() == MAX_KEPT) {
      return kept;
    }
    List<Interim> all = new ArrayList<>(kept);
    all.add(new Interim(status, epochNanos));
    return List.copyOf(all);
  }

  Interim shifted(long nanos) {
    return new Interim(status, epochNanos + nanos);
  }
}
