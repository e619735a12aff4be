// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

/**
 * How a captured packet begins, by the numbers of the <a
 * href="https://www.tcpdump.org/linktypes.html">LINKTYPE_ registry</a>.
 */
public enum LinkType {
  /** BSD loopback: a 4-byte address family in the byte order of the capturing host. */
  NULL(0),
  /** An Ethernet header, possibly followed by VLAN tags. */
  ETHERNET(1),
  /** No link header: an IPv4 or IPv6 packet, told apart by its version nibble. */
  RAW_IP(101),
  /** OpenBSD loopback: a 4-byte address family in network byte order. */
  LOOP(108),
  /** Linux cooked capture, version 1: a 16-byte pseudo header. */
  LINUX_SLL(113),
  /** Linux cooked capture, version 2: a 20-byte pseudo header. */
  LINUX_SLL2(276),
  /** Anything else; such packets are counted and skipped. */
  UNSUPPORTED(-1);

  private final int number;

  LinkType(int number) {
    this.number = number;
  }

  /** The link type of a registry number; {@link #UNSUPPORTED} for one that is not decoded. */
  public static LinkType of(int number) {
    return switch (number) {
      case 0 -> NULL;
      case 1 -> ETHERNET;
      // 12 and 14 are DLT_RAW on the BSDs, 228 and 229 are raw IPv4 and raw IPv6.
      case 12, 14, 101, 228, 229 -> RAW_IP;
      case 108 -> LOOP;
      case 113 -> LINUX_SLL;
      case 276 -> LINUX_SLL2;
      default -> UNSUPPORTED;
    };
  }

  /** The registry number to write into a capture file. */
  public int number() {
    return number;
  }
}
