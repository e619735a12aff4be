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

  private static final int VLAN = 0x8100;
  private static final int QINQ = 0x88a8;
  private static final int QINQ_BEFORE_802_1AD = 0x9100;
  private static final int MPLS = 0x8847;
  private static final int MPLS_MULTICAST = 0x8848;
  private static final int PPPOE_SESSION = 0x8864;
  private static final int PPP_IPV4 = 0x0021;
  private static final int PPP_IPV6 = 0x0057;

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
      case UNSUPPORTED -> cursor.fail(IgnoreReason.UNSUPPORTED_LINK);
    };
  }

  static int ethernet(PacketCursor cursor) {
    return cooked(cursor, 14, 12);
  }

  /** What follows an EtherType: IP at once, or after tags, labels and a PPPoE header. */
  static int payload(PacketCursor cursor, int etherType) {
    int type = etherType;
    for (int tags = 0; type != IPV4 && type != IPV6; tags++) {
      switch (type) {
        case VLAN, QINQ, QINQ_BEFORE_802_1AD -> {
          if (tags == MAX_TAGS) {
            return cursor.fail(IgnoreReason.NESTED_TOO_DEEP);
          }
          if (!cursor.require(4)) {
            return PacketCursor.FAILED;
          }
          type = cursor.unsignedShort(2);
          cursor.skip(4);
        }
        case PPPOE_SESSION -> {
          return pppoe(cursor);
        }
        case MPLS, MPLS_MULTICAST -> {
          return mpls(cursor);
        }
        default -> {
          return cursor.fail(IgnoreReason.NOT_IP);
        }
      }
    }
    return type;
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

  private static int byVersion(PacketCursor cursor) {
    if (!cursor.require(1)) {
      return PacketCursor.FAILED;
    }
    return switch (cursor.unsignedByte(0) >>> 4) {
      case 4 -> IPV4;
      case 6 -> IPV6;
      default -> cursor.fail(IgnoreReason.NOT_IP);
    };
  }

  /** RFC 2516, section 4: version and type, code (0: session), session, length; then PPP. */
  private static int pppoe(PacketCursor cursor) {
    if (!cursor.require(8)) {
      return PacketCursor.FAILED;
    }
    int protocol = cursor.unsignedShort(6);
    cursor.skip(8);
    return switch (protocol) {
      case PPP_IPV4 -> IPV4;
      case PPP_IPV6 -> IPV6;
      default -> cursor.fail(IgnoreReason.NOT_IP);
    };
  }

  /** RFC 3032, section 2.1: labels of 4 bytes; bit 8 marks the last, nothing says what follows. */
  private static int mpls(PacketCursor cursor) {
    for (int labels = 0; labels < MAX_LABELS; labels++) {
      if (!cursor.require(4)) {
        return PacketCursor.FAILED;
      }
      boolean bottomOfStack = (cursor.intAt(0) & 0x100) != 0;
      cursor.skip(4);
      if (bottomOfStack) {
        return byVersion(cursor);
      }
    }
    return cursor.fail(IgnoreReason.NESTED_TOO_DEEP);
  }
}
