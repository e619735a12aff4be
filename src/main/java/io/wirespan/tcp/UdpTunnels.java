// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/**
 * Tunnels in UDP, by their registered ports. What they hold must bear that out: any other protocol
 * may use the port.
 */
final class UdpTunnels {
  private static final int UDP_LENGTH = 8;

  private static final int L2TP_PORT = 1701;
  private static final int GTP_PORT = 2152;
  private static final int TEREDO_PORT = 3544;

  /** RFC 8086. */
  private static final int GRE_PORT = 4754;

  private static final int VXLAN_PORT = 4789;
  private static final int VXLAN_GPE_PORT = 4790;
  private static final int GENEVE_PORT = 6081;

  /** The port that Linux used before one was assigned, and that flannel still uses. */
  private static final int VXLAN_PORT_LINUX = 8472;

  private static final int VXLAN_LENGTH = 8;
  private static final int VXLAN_HAS_NETWORK = 0x08;
  private static final int VXLAN_HAS_PROTOCOL = 0x04;
  private static final int TRANSPARENT_ETHERNET = 0x6558;

  private static final int GTP_LENGTH = 8;
  private static final int GTP_VERSION_1 = 0x30;
  private static final int GTP_OPTIONS = 0x07;
  private static final int GTP_EXTENSION = 0x04;
  private static final int GTP_PACKET = 255;
  private static final int GTP_MAX_EXTENSIONS = 8;

  private static final int L2TP_CONTROL = 0x8000;
  private static final int L2TP_HAS_LENGTH = 0x4000;
  private static final int L2TP_HAS_NUMBERS = 0x0800;
  private static final int L2TP_HAS_OFFSET = 0x0200;

  private UdpTunnels() {}

  static int skip(PacketCursor cursor) {
    if (!cursor.require(UDP_LENGTH)) {
      return PacketCursor.FAILED;
    }
    int source = cursor.unsignedShort(0);
    int destination = cursor.unsignedShort(2);
    cursor.skip(UDP_LENGTH);
    return switch (destination) {
      case VXLAN_PORT, VXLAN_PORT_LINUX -> vxlan(cursor);
      case VXLAN_GPE_PORT -> vxlanGpe(cursor);
      case GENEVE_PORT -> geneve(cursor);
      case GRE_PORT -> Tunnels.gre(cursor);
      case GTP_PORT -> gtp(cursor);
      case L2TP_PORT -> l2tp(cursor);
      case TEREDO_PORT -> teredo(cursor);
      default ->
          switch (source) {
            case GTP_PORT -> gtp(cursor);
            case L2TP_PORT -> l2tp(cursor);
            case TEREDO_PORT -> teredo(cursor);
            default -> cursor.fail(IgnoreReason.NOT_TCP);
          };
    };
  }

  /** RFC 7348, section 5. */
  private static int vxlan(PacketCursor cursor) {
    if (!cursor.require(VXLAN_LENGTH)) {
      return PacketCursor.FAILED;
    }
    if ((cursor.unsignedByte(0) & VXLAN_HAS_NETWORK) == 0) {
      return cursor.fail(IgnoreReason.NOT_TCP);
    }
    cursor.skip(VXLAN_LENGTH);
    return LinkHeader.ethernet(cursor);
  }

  /** draft-ietf-nvo3-vxlan-gpe, section 3: the last byte of the flags may name a protocol. */
  private static int vxlanGpe(PacketCursor cursor) {
    if (!cursor.require(VXLAN_LENGTH)) {
      return PacketCursor.FAILED;
    }
    boolean named = (cursor.unsignedByte(0) & VXLAN_HAS_PROTOCOL) != 0;
    int protocol = cursor.unsignedByte(3);
    if (!named || protocol == 3) {
      return vxlan(cursor);
    }
    cursor.skip(VXLAN_LENGTH);
    return protocol <= 2 ? LinkHeader.byVersion(cursor) : cursor.fail(IgnoreReason.NOT_TCP);
  }

  /** RFC 8926, section 3.4. */
  private static int geneve(PacketCursor cursor) {
    if (!cursor.require(8)) {
      return PacketCursor.FAILED;
    }
    int versionAndOptions = cursor.unsignedByte(0);
    int type = cursor.unsignedShort(2);
    int length = 8 + (versionAndOptions & 0x3f) * 4;
    if (versionAndOptions >>> 6 != 0) {
      return cursor.fail(IgnoreReason.NOT_TCP);
    }
    if (!cursor.require(length)) {
      return PacketCursor.FAILED;
    }
    cursor.skip(length);
    return type == TRANSPARENT_ETHERNET
        ? LinkHeader.ethernet(cursor)
        : LinkHeader.payload(cursor, type);
  }

  /** 3GPP TS 29.281, section 5: a user's packet behind a header with optional parts. */
  private static int gtp(PacketCursor cursor) {
    if (!cursor.require(GTP_LENGTH)) {
      return PacketCursor.FAILED;
    }
    int flags = cursor.unsignedByte(0);
    if ((flags & 0xf0) != GTP_VERSION_1 || cursor.unsignedByte(1) != GTP_PACKET) {
      return cursor.fail(IgnoreReason.NOT_TCP);
    }
    cursor.skip(GTP_LENGTH);
    if ((flags & GTP_OPTIONS) == 0) {
      return LinkHeader.byVersion(cursor);
    }
    if (!cursor.require(4)) {
      return PacketCursor.FAILED;
    }
    int next = (flags & GTP_EXTENSION) != 0 ? cursor.unsignedByte(3) : 0;
    cursor.skip(4);
    for (int count = 0; next != 0; count++) {
      if (count == GTP_MAX_EXTENSIONS) {
        return cursor.fail(IgnoreReason.NESTED_TOO_DEEP);
      }
      if (!cursor.require(1)) {
        return PacketCursor.FAILED;
      }
      int length = 4 * cursor.unsignedByte(0);
      if (length == 0) {
        return cursor.fail(IgnoreReason.MALFORMED);
      }
      if (!cursor.require(length)) {
        return PacketCursor.FAILED;
      }
      next = cursor.unsignedByte(length - 1);
      cursor.skip(length);
    }
    return LinkHeader.byVersion(cursor);
  }

  /** RFC 2661, section 3.1: flags that tell which fields there are, then PPP. */
  private static int l2tp(PacketCursor cursor) {
    if (!cursor.require(6)) {
      return PacketCursor.FAILED;
    }
    int flags = cursor.unsignedShort(0);
    if ((flags & L2TP_CONTROL) != 0 || (flags & 0xf) != 2) {
      return cursor.fail(IgnoreReason.NOT_TCP);
    }
    int length =
        6 + ((flags & L2TP_HAS_LENGTH) != 0 ? 2 : 0) + ((flags & L2TP_HAS_NUMBERS) != 0 ? 4 : 0);
    if ((flags & L2TP_HAS_OFFSET) != 0) {
      if (!cursor.require(length + 2)) {
        return PacketCursor.FAILED;
      }
      length += 2 + cursor.unsignedShort(length);
    }
    if (!cursor.require(length)) {
      return PacketCursor.FAILED;
    }
    cursor.skip(length);
    return SerialHeader.ppp(cursor);
  }

  /** RFC 4380, section 5.1.1: IPv6, possibly behind an indication of its sender's address. */
  private static int teredo(PacketCursor cursor) {
    if (cursor.require(2) && cursor.unsignedShort(0) == 0) {
      if (!cursor.require(8)) {
        return PacketCursor.FAILED;
      }
      cursor.skip(8);
    }
    int type = LinkHeader.byVersion(cursor);
    return type == LinkHeader.IPV4 ? cursor.fail(IgnoreReason.NOT_TCP) : type;
  }
}
