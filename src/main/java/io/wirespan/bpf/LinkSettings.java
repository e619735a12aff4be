// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import io.wirespan.capture.LinkType;
import io.wirespan.capture.Side;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What the BPF program is told about its interface before it is loaded, see {@code struct
 * link_settings}.
 *
 * @param linkId position of the interface in the source's list
 */
record LinkSettings(int linkId, LinkType linkType, Side side, boolean byContent, boolean leaveOut) {
  private static final int ETHERNET_HEADER_LENGTH = 14;

  void writeTo(MemorySegment readOnlyData) {
    set(readOnlyData, "link_id", linkId);
    set(readOnlyData, "link_header", linkType == LinkType.ETHERNET ? ETHERNET_HEADER_LENGTH : 0);
    set(readOnlyData, "vantage", vantage());
    set(readOnlyData, "by_content", byContent ? 1 : 0);
    set(readOnlyData, "leave_out", leaveOut ? 1 : 0);
  }

  /** {@code enum vantage}. */
  private int vantage() {
    return switch (side) {
      case UNKNOWN -> 0;
      case INSIDE -> 1;
      case OUTSIDE -> 2;
    };
  }

  private static void set(MemorySegment struct, String field, int value) {
    struct.set(ValueLayout.JAVA_INT, EventLayout.offset(EventLayout.LINK_SETTINGS, field), value);
  }
}
