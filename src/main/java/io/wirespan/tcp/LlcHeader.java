// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/** IEEE 802.2 logical link control, and the networks whose frames begin with it. */
final class LlcHeader {
  private static final int SNAP = 0xaaaa;
  private static final int ISO = 0xfefe;
  private static final int INTERNET = 0x0606;
  private static final int UNNUMBERED_INFORMATION = 3;
  private static final int LENGTH = 3;

  private static final int NLPID_SNAP = 0x80;
  private static final int NLPID_IPV6 = 0x8e;
  private static final int NLPID_IPV4 = 0xcc;
  private static final int NLPID_PPP = 0xcf;

  private LlcHeader() {}

  /** RFC 1042, RFC 2684: two access points and a control byte. */
  static int skip(PacketCursor cursor) {
    if (!cursor.require(LENGTH)) {
      return PacketCursor.FAILED;
    }
    int points = cursor.unsignedShort(0);
    if (cursor.unsignedByte(2) != UNNUMBERED_INFORMATION) {
      return cursor.fail(IgnoreReason.NOT_IP);
    }
    cursor.skip(LENGTH);
    return switch (points) {
      case SNAP -> snap(cursor);
      case ISO -> networkLayer(cursor);
      case INTERNET -> LinkHeader.byVersion(cursor);
      default -> cursor.fail(IgnoreReason.NOT_IP);
    };
  }

  /** An organisation, of which only 0 goes with EtherTypes, and a type. */
  private static int snap(PacketCursor cursor) {
    if (!cursor.require(5)) {
      return PacketCursor.FAILED;
    }
    int organisation = cursor.unsignedShort(0) << 8 | cursor.unsignedByte(2);
    int type = cursor.unsignedShort(3);
    cursor.skip(5);
    // A type that is a length would lead here again.
    return organisation == 0 && type >= 0x0600
        ? LinkHeader.payload(cursor, type)
        : cursor.fail(IgnoreReason.NOT_IP);
  }

  /** A network layer protocol identifier (ISO/IEC TR 9577), as in RFC 2427 and RFC 2684. */
  static int networkLayer(PacketCursor cursor) {
    if (!cursor.require(1)) {
      return PacketCursor.FAILED;
    }
    int identifier = cursor.unsignedByte(0);
    cursor.skip(1);
    return switch (identifier) {
      case NLPID_SNAP -> snap(cursor);
      case NLPID_IPV4 -> LinkHeader.IPV4;
      case NLPID_IPV6 -> LinkHeader.IPV6;
      case NLPID_PPP -> SerialHeader.ppp(cursor);
      default -> cursor.fail(IgnoreReason.NOT_IP);
    };
  }

  /** IEEE 802.5: control bytes, addresses, and a source route if the sender's first bit is set. */
  static int tokenRing(PacketCursor cursor) {
    if (!cursor.require(14)) {
      return PacketCursor.FAILED;
    }
    boolean routed = (cursor.unsignedByte(8) & 0x80) != 0;
    cursor.skip(14);
    if (routed) {
      if (!cursor.require(2) || !cursor.require(cursor.unsignedByte(0) & 0x1f)) {
        return PacketCursor.FAILED;
      }
      cursor.skip(cursor.unsignedByte(0) & 0x1f);
    }
    return skip(cursor);
  }

  /** A control byte and addresses. */
  static int fddi(PacketCursor cursor) {
    if (!cursor.require(13)) {
      return PacketCursor.FAILED;
    }
    cursor.skip(13);
    return skip(cursor);
  }

  /**
   * Addresses, an offset and a type; RFC 1201 adds a flag byte, 0 if the packet is not split, and a
   * number, RFC 1051 does not.
   */
  static int arcnet(PacketCursor cursor) {
    if (!cursor.require(8)) {
      return PacketCursor.FAILED;
    }
    int type = cursor.unsignedByte(4);
    boolean whole = cursor.unsignedByte(5) == 0;
    return switch (type) {
      case 240 -> behindArcnet(cursor, 5);
      case 196, 212 -> whole ? behindArcnet(cursor, 8) : cursor.fail(IgnoreReason.NOT_IP);
      default -> cursor.fail(IgnoreReason.NOT_IP);
    };
  }

  private static int behindArcnet(PacketCursor cursor, int length) {
    cursor.skip(length);
    return LinkHeader.byVersion(cursor);
  }
}
