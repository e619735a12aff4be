// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.wirespan.capture.LinkType;

/** Headers that were never on a wire: a capture puts them before what was. */
final class PseudoHeader {
  private static final int NFLOG_LENGTH = 4;
  private static final int NFLOG_PAYLOAD = 9;
  private static final int PPI_LENGTH = 8;
  private static final int PKTAP_LENGTH = 12;
  private static final int ENC_LENGTH = 12;

  private PseudoHeader() {}

  /** Address family, security association, flags. */
  static int enc(PacketCursor cursor) {
    if (!cursor.require(ENC_LENGTH)) {
      return PacketCursor.FAILED;
    }
    cursor.skip(ENC_LENGTH);
    return LinkHeader.byVersion(cursor);
  }

  /** The length leaves out the padding to a multiple of 4. */
  static int pflog(PacketCursor cursor) {
    if (!cursor.require(1)) {
      return PacketCursor.FAILED;
    }
    int length = (cursor.unsignedByte(0) + 3) / 4 * 4;
    if (length == 0) {
      return cursor.fail(IgnoreReason.MALFORMED);
    }
    if (!cursor.require(length)) {
      return PacketCursor.FAILED;
    }
    cursor.skip(length);
    return LinkHeader.byVersion(cursor);
  }

  /**
   * Family, version and resource, then attributes: length, type, value, padding to 4 bytes. Length
   * and type are in the byte order of the capturing host.
   */
  static int nflog(PacketCursor cursor) {
    if (!cursor.require(NFLOG_LENGTH)) {
      return PacketCursor.FAILED;
    }
    cursor.skip(NFLOG_LENGTH);
    while (cursor.require(4)) {
      // The types in use are below 256, so the byte that is 0 tells the order.
      boolean bigEndian = cursor.unsignedByte(2) == 0 && cursor.unsignedByte(3) != 0;
      int length = bigEndian ? cursor.unsignedShort(0) : littleShort(cursor, 0);
      int type = bigEndian ? cursor.unsignedShort(2) : littleShort(cursor, 2);
      if (length < 4) {
        return cursor.fail(IgnoreReason.MALFORMED);
      }
      if (type == NFLOG_PAYLOAD) {
        cursor.skip(4);
        return LinkHeader.byVersion(cursor);
      }
      int padded = (length + 3) / 4 * 4;
      if (!cursor.require(padded)) {
        return PacketCursor.FAILED;
      }
      cursor.skip(padded);
    }
    return PacketCursor.FAILED;
  }

  /** Version, flags, length, link type of what follows the fields; little-endian. */
  static int ppi(PacketCursor cursor) {
    if (!cursor.require(PPI_LENGTH)) {
      return PacketCursor.FAILED;
    }
    return named(cursor, littleShort(cursor, 2), PPI_LENGTH, littleInt(cursor, 4));
  }

  /** Length, kind of the next header, link type of what follows; little-endian. */
  static int pktap(PacketCursor cursor) {
    if (!cursor.require(PKTAP_LENGTH)) {
      return PacketCursor.FAILED;
    }
    return named(cursor, littleInt(cursor, 0), PKTAP_LENGTH, littleInt(cursor, 8));
  }

  private static int named(PacketCursor cursor, int length, int least, int linkNumber) {
    LinkType linkType = LinkType.of(linkNumber);
    if (linkType == LinkType.PPI || linkType == LinkType.PKTAP) {
      return cursor.fail(IgnoreReason.NESTED_TOO_DEEP);
    }
    if (length < least) {
      return cursor.fail(IgnoreReason.MALFORMED);
    }
    if (!cursor.require(length)) {
      return PacketCursor.FAILED;
    }
    cursor.skip(length);
    return LinkHeader.skip(cursor, linkType);
  }

  private static int littleShort(PacketCursor cursor, int at) {
    return cursor.unsignedByte(at) | cursor.unsignedByte(at + 1) << 8;
  }

  private static int littleInt(PacketCursor cursor, int at) {
    return Integer.reverseBytes(cursor.intAt(at));
  }
}
