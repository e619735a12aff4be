// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/** What an IP packet may carry in place of TCP and that holds another IP packet in plain sight. */
final class Tunnels {
  private static final int IPV4_IN_IP = 4;
  private static final int UDP = 17;
  private static final int IPV6_IN_IP = 41;
  private static final int GRE = 47;

  private static final int GRE_CHECKSUM = 0x8000;
  private static final int GRE_KEY = 0x2000;
  private static final int GRE_SEQUENCE = 0x1000;
  private static final int GRE_ROUTING_OR_VERSION = 0x4007;
  private static final int TRANSPARENT_ETHERNET = 0x6558;

  private static final int VXLAN_PORT = 4789;

  /** The port that Linux used before one was assigned, and that flannel still uses. */
  private static final int VXLAN_PORT_LINUX = 8472;

  private static final int UDP_LENGTH = 8;
  private static final int VXLAN_LENGTH = 8;
  private static final int VXLAN_HAS_NETWORK = 0x08;

  private Tunnels() {}

  /** Whether fragments of this IP protocol are worth reassembling for what they may hold. */
  static boolean mayHoldTcp(int protocol) {
    return switch (protocol) {
      case IpHeader.TCP, IPV4_IN_IP, IPV6_IN_IP, GRE -> true;
      default -> IpHeader.isExtension(protocol);
    };
  }

  /** Moves to the inner IP header; its EtherType, or {@link PacketCursor#FAILED}. */
  static int skip(PacketCursor cursor, int protocol) {
    return switch (protocol) {
      case IPV4_IN_IP -> LinkHeader.IPV4;
      case IPV6_IN_IP -> LinkHeader.IPV6;
      case GRE -> gre(cursor);
      case UDP -> vxlan(cursor);
      default -> cursor.fail(IgnoreReason.NOT_TCP);
    };
  }

  /** RFC 2784, section 2, and RFC 2890; PPTP's version 1 and source routes are not followed. */
  private static int gre(PacketCursor cursor) {
    if (!cursor.require(4)) {
      return PacketCursor.FAILED;
    }
    int flags = cursor.unsignedShort(0);
    int type = cursor.unsignedShort(2);
    if ((flags & GRE_ROUTING_OR_VERSION) != 0) {
      return cursor.fail(IgnoreReason.NOT_TCP);
    }
    int length =
        4
            + ((flags & GRE_CHECKSUM) != 0 ? 4 : 0)
            + ((flags & GRE_KEY) != 0 ? 4 : 0)
            + ((flags & GRE_SEQUENCE) != 0 ? 4 : 0);
    if (!cursor.require(length)) {
      return PacketCursor.FAILED;
    }
    cursor.skip(length);
    return type == TRANSPARENT_ETHERNET
        ? LinkHeader.ethernet(cursor)
        : LinkHeader.payload(cursor, type);
  }

  /** RFC 7348, section 5. */
  private static int vxlan(PacketCursor cursor) {
    if (!cursor.require(UDP_LENGTH)) {
      return PacketCursor.FAILED;
    }
    int port = cursor.unsignedShort(2);
    if (port != VXLAN_PORT && port != VXLAN_PORT_LINUX) {
      return cursor.fail(IgnoreReason.NOT_TCP);
    }
    if (!cursor.require(UDP_LENGTH + VXLAN_LENGTH)) {
      return PacketCursor.FAILED;
    }
    if ((cursor.unsignedByte(UDP_LENGTH) & VXLAN_HAS_NETWORK) == 0) {
      return cursor.fail(IgnoreReason.NOT_TCP);
    }
    cursor.skip(UDP_LENGTH + VXLAN_LENGTH);
    return LinkHeader.ethernet(cursor);
  }
}
