// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/** What an IP packet may carry in place of TCP and that holds another IP packet in plain sight. */
final class Tunnels {
  private static final int IPV4_IN_IP = 4;
  private static final int UDP = 17;
  private static final int IPV6_IN_IP = 41;
  private static final int GRE = 47;
  private static final int ETHERNET_IN_IP = 97;

  private static final int GRE_CHECKSUM = 0x8000;
  private static final int GRE_KEY = 0x2000;
  private static final int GRE_SEQUENCE = 0x1000;
  private static final int GRE_ACKNOWLEDGEMENT = 0x0080;
  private static final int GRE_ROUTING = 0x4000;
  private static final int GRE_VERSION = 0x0007;
  private static final int TRANSPARENT_ETHERNET = 0x6558;
  private static final int ERSPAN = 0x88be;
  private static final int ERSPAN_3 = 0x22eb;
  private static final int POINT_TO_POINT = 0x880b;
  private static final int WEB_CACHE = 0x883e;

  private Tunnels() {}

  /** Whether fragments of this IP protocol are worth reassembling for what they may hold. */
  static boolean mayHoldTcp(int protocol) {
    return switch (protocol) {
      case IpHeader.TCP, IPV4_IN_IP, IPV6_IN_IP, GRE, UDP, ETHERNET_IN_IP -> true;
      default -> IpHeader.isExtension(protocol);
    };
  }

  /** Moves to the inner IP header; its EtherType, or {@link PacketCursor#FAILED}. */
  static int skip(PacketCursor cursor, int protocol) {
    return switch (protocol) {
      case IPV4_IN_IP -> LinkHeader.IPV4;
      case IPV6_IN_IP -> LinkHeader.IPV6;
      case GRE -> gre(cursor);
      case UDP -> UdpTunnels.skip(cursor);
      case ETHERNET_IN_IP -> behind(cursor, 2);
      default -> cursor.fail(IgnoreReason.NOT_TCP);
    };
  }

  /** RFC 2784, section 2, and RFC 2890; source routes are not followed. */
  static int gre(PacketCursor cursor) {
    if (!cursor.require(4)) {
      return PacketCursor.FAILED;
    }
    int flags = cursor.unsignedShort(0);
    int type = cursor.unsignedShort(2);
    int version = flags & GRE_VERSION;
    if ((flags & GRE_ROUTING) != 0 || version > 1 || version == 1 && type != POINT_TO_POINT) {
      return cursor.fail(IgnoreReason.NOT_TCP);
    }
    boolean sequence = (flags & GRE_SEQUENCE) != 0;
    int length =
        4
            + ((flags & GRE_CHECKSUM) != 0 ? 4 : 0)
            + ((flags & GRE_KEY) != 0 ? 4 : 0)
            + (sequence ? 4 : 0)
            + (version == 1 && (flags & GRE_ACKNOWLEDGEMENT) != 0 ? 4 : 0);
    if (!cursor.require(length)) {
      return PacketCursor.FAILED;
    }
    cursor.skip(length);
    return switch (type) {
      case TRANSPARENT_ETHERNET -> LinkHeader.ethernet(cursor);
      // RFC 2637, section 4.1: without a number it is an acknowledgement alone.
      case POINT_TO_POINT ->
          sequence ? SerialHeader.ppp(cursor) : cursor.fail(IgnoreReason.NOT_TCP);
      case ERSPAN -> behind(cursor, sequence ? 8 : 0);
      case ERSPAN_3 -> erspan3(cursor);
      case WEB_CACHE -> webCache(cursor);
      default -> LinkHeader.payload(cursor, type);
    };
  }

  /** Ethernet behind a header of that length. */
  private static int behind(PacketCursor cursor, int length) {
    if (!cursor.require(length)) {
      return PacketCursor.FAILED;
    }
    cursor.skip(length);
    return LinkHeader.ethernet(cursor);
  }

  /** The last bit says whether a platform's own header of 8 bytes follows. */
  private static int erspan3(PacketCursor cursor) {
    if (!cursor.require(12)) {
      return PacketCursor.FAILED;
    }
    boolean more = (cursor.unsignedByte(11) & 1) != 0;
    return behind(cursor, more ? 20 : 12);
  }

  /** WCCP: version 2 has a header of 4 bytes, which never looks like IP; version 1 has none. */
  private static int webCache(PacketCursor cursor) {
    if (!cursor.require(4)) {
      return PacketCursor.FAILED;
    }
    if (cursor.unsignedByte(0) >>> 4 != 4) {
      cursor.skip(4);
    }
    return LinkHeader.byVersion(cursor);
  }
}
