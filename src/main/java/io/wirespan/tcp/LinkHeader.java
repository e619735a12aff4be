// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.wirespan.capture.LinkType;

/**
 * Everything between the first byte of a packet and its IP header. Each method moves the cursor to
 * the IP header and returns {@link #IPV4} or {@link #IPV6}, or {@link PacketCursor#FAILED}.
 */
final class LinkHeader {
  static final int IPV4 = 0x0800;
  static final int IPV6 = 0x86dd;

  private static final int ARP = 0x0806;
  private static final int VLAN = 0x8100;
  private static final int QINQ = 0x88a8;
  private static final int QINQ_BEFORE_802_1AD = 0x9100;
  private static final int VN_TAG = 0x8926;
  private static final int MPLS = 0x8847;
  private static final int MPLS_MULTICAST = 0x8848;
  private static final int PPPOE_SESSION = 0x8864;
  private static final int PROVIDER_BACKBONE = 0x88e7;

  /** Below this it is a length (IEEE 802.3), or what Linux cooked captures have in its place. */
  private static final int LOWEST_ETHER_TYPE = 0x0600;

  private static final int MAX_TAGS = 4;
  private static final int MAX_LABELS = 8;

  private LinkHeader() {}

  static int skip(PacketCursor cursor, LinkType linkType) {
    return switch (linkType) {
      case ETHERNET -> ethernet(cursor);
      case RAW_IP -> byVersion(cursor);
      case NULL, LOOP -> loopback(cursor);
      case LINUX_SLL -> cooked(cursor, 16, 14);
      case LINUX_SLL2 -> cooked(cursor, 20, 0);
      case IPOIB -> cooked(cursor, 44, 40);
      case PPP -> SerialHeader.ppp(cursor);
      case PPPOE -> SerialHeader.pppoe(cursor);
      case CISCO_HDLC -> SerialHeader.hdlc(cursor);
      case FRAME_RELAY -> SerialHeader.frameRelay(cursor);
      case ATM_LLC -> LlcHeader.skip(cursor);
      case TOKEN_RING -> LlcHeader.tokenRing(cursor);
      case FDDI -> LlcHeader.fddi(cursor);
      case IEEE_802_11 -> WirelessHeader.skip(cursor);
      case RADIOTAP -> WirelessHeader.radiotap(cursor);
      case PPI -> PseudoHeader.ppi(cursor);
      case ARCNET_LINUX -> LlcHeader.arcnet(cursor);
      case ENC -> PseudoHeader.enc(cursor);
      case PFLOG -> PseudoHeader.pflog(cursor);
      case NFLOG -> PseudoHeader.nflog(cursor);
      case PKTAP -> PseudoHeader.pktap(cursor);
      case MPLS -> mpls(cursor);
      case UNSUPPORTED -> cursor.fail(IgnoreReason.UNSUPPORTED_LINK);
    };
  }

  static int ethernet(PacketCursor cursor) {
    return cooked(cursor, 14, 12);
  }

  /** What follows an EtherType: IP at once, or after tags, labels and other headers. */
  static int payload(PacketCursor cursor, int etherType) {
    if (!cursor.nest()) {
      return PacketCursor.FAILED;
    }
    int type = etherType;
    for (int tags = 0; type != IPV4 && type != IPV6; tags++) {
      switch (type) {
        case VLAN, QINQ, QINQ_BEFORE_802_1AD, VN_TAG -> {
          if (tags == MAX_TAGS) {
            return cursor.fail(IgnoreReason.NESTED_TOO_DEEP);
          }
          int length = type == VN_TAG ? 6 : 4;
          if (!cursor.require(length)) {
            return PacketCursor.FAILED;
          }
          type = cursor.unsignedShort(length - 2);
          cursor.skip(length);
        }
        case PPPOE_SESSION -> {
          return SerialHeader.pppoe(cursor);
        }
        case MPLS, MPLS_MULTICAST -> {
          return mpls(cursor);
        }
        case PROVIDER_BACKBONE -> {
          return backbone(cursor);
        }
        default -> {
          return type < LOWEST_ETHER_TYPE
              ? LlcHeader.skip(cursor)
              : cursor.fail(IgnoreReason.NOT_IP);
        }
      }
    }
    return type;
  }

  /** IEEE 802.1ah: the customer's frame behind a service tag of 4 bytes. */
  private static int backbone(PacketCursor cursor) {
    if (!cursor.require(4)) {
      return PacketCursor.FAILED;
    }
    cursor.skip(4);
    return ethernet(cursor);
  }

  private static int cooked(PacketCursor cursor, int headerLength, int typeAt) {
    if (!cursor.require(headerLength)) {
      return PacketCursor.FAILED;
    }
    int type = cursor.unsignedShort(typeAt);
    cursor.skip(headerLength);
    return payload(cursor, type);
  }

  /** The address family is in the byte order of a host that is not known, so either is taken. */
  private static int loopback(PacketCursor cursor) {
    if (!cursor.require(4)) {
      return PacketCursor.FAILED;
    }
    int family = cursor.intAt(0);
    if ((family & 0xffff) == 0) {
      family = Integer.reverseBytes(family);
    }
    cursor.skip(4);
    return switch (family) {
      case 2 -> IPV4;
      // Linux; NetBSD and OpenBSD; FreeBSD; macOS.
      case 10, 24, 28, 30 -> IPV6;
      default -> cursor.fail(IgnoreReason.NOT_IP);
    };
  }

  static int byVersion(PacketCursor cursor) {
    if (!cursor.require(1)) {
      return PacketCursor.FAILED;
    }
    return switch (cursor.unsignedByte(0) >>> 4) {
      case 4 -> IPV4;
      case 6 -> IPV6;
      default -> cursor.fail(IgnoreReason.NOT_IP);
    };
  }

  /** RFC 3032, section 2.1: labels of 4 bytes; bit 8 marks the last, nothing says what follows. */
  static int mpls(PacketCursor cursor) {
    for (int labels = 0; labels < MAX_LABELS; labels++) {
      if (!cursor.require(4)) {
        return PacketCursor.FAILED;
      }
      boolean bottomOfStack = (cursor.intAt(0) & 0x100) != 0;
      cursor.skip(4);
      if (bottomOfStack) {
        return behindLabels(cursor);
      }
    }
    return cursor.fail(IgnoreReason.NESTED_TOO_DEEP);
  }

  /** IP, or Ethernet (RFC 4448), before which there may be a control word of 4 bytes. */
  private static int behindLabels(PacketCursor cursor) {
    if (!cursor.require(1)) {
      return PacketCursor.FAILED;
    }
    int nibble = cursor.unsignedByte(0) >>> 4;
    if (nibble == 4 || nibble == 6) {
      return byVersion(cursor);
    }
    if (!cursor.require(14)) {
      return PacketCursor.FAILED;
    }
    if (isUsual(cursor.unsignedShort(12))) {
      return ethernet(cursor);
    }
    if (nibble != 0 || !cursor.require(4 + 14) || !isUsual(cursor.unsignedShort(4 + 12))) {
      return cursor.fail(IgnoreReason.NOT_IP);
    }
    cursor.skip(4);
    return ethernet(cursor);
  }

  private static boolean isUsual(int etherType) {
    return switch (etherType) {
      case IPV4, IPV6, ARP, VLAN, QINQ, PPPOE_SESSION -> true;
      default -> false;
    };
  }
}
