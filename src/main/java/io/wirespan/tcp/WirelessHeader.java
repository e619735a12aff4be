// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/** IEEE 802.11 frames; only data that is neither encrypted, split nor aggregated can be read. */
final class WirelessHeader {
  private static final int DATA = 0x08;
  private static final int TYPE_MASK = 0x0c;
  private static final int NO_DATA = 0x40;
  private static final int QOS = 0x80;

  private static final int TO_AND_FROM_DISTRIBUTION = 0x03;
  private static final int MORE_FRAGMENTS = 0x04;
  private static final int PROTECTED = 0x40;
  private static final int ORDER = 0x80;

  private static final int LENGTH = 24;
  private static final int ADDRESS = 6;
  private static final int QOS_LENGTH = 2;
  private static final int HT_LENGTH = 4;
  private static final int AGGREGATED = 0x80;

  private static final int RADIOTAP_LENGTH = 8;
  private static final int HAS_TIME = 0x01;
  private static final int HAS_FLAGS = 0x02;
  private static final int HAS_MORE = 0x80000000;
  private static final int PADDED = 0x20;

  private WirelessHeader() {}

  static int skip(PacketCursor cursor) {
    return skip(cursor, false);
  }

  /**
   * @param padded whether the header is filled up to a multiple of 4 bytes
   */
  private static int skip(PacketCursor cursor, boolean padded) {
    if (!cursor.require(LENGTH)) {
      return PacketCursor.FAILED;
    }
    int kind = cursor.unsignedByte(0);
    int flags = cursor.unsignedByte(1);
    boolean fragment = (cursor.unsignedByte(22) & 0xf) != 0;
    if ((kind & TYPE_MASK) != DATA
        || (kind & NO_DATA) != 0
        || (flags & (PROTECTED | MORE_FRAGMENTS)) != 0
        || fragment) {
      return cursor.fail(IgnoreReason.NOT_IP);
    }
    int length = LENGTH;
    if ((flags & TO_AND_FROM_DISTRIBUTION) == TO_AND_FROM_DISTRIBUTION) {
      length += ADDRESS;
    }
    if ((kind & QOS) != 0) {
      if (!cursor.require(length + QOS_LENGTH)) {
        return PacketCursor.FAILED;
      }
      if ((cursor.unsignedByte(length) & AGGREGATED) != 0) {
        return cursor.fail(IgnoreReason.NOT_IP);
      }
      length += QOS_LENGTH + ((flags & ORDER) != 0 ? HT_LENGTH : 0);
    }
    if (padded) {
      length = (length + 3) / 4 * 4;
    }
    if (!cursor.require(length)) {
      return PacketCursor.FAILED;
    }
    cursor.skip(length);
    return LlcHeader.skip(cursor);
  }

  /** See <a href="https://www.radiotap.org/">radiotap.org</a>; of its fields only flags matter. */
  static int radiotap(PacketCursor cursor) {
    if (!cursor.require(RADIOTAP_LENGTH)) {
      return PacketCursor.FAILED;
    }
    int length = Integer.reverseBytes(cursor.unsignedShort(2)) >>> 16;
    if (length < RADIOTAP_LENGTH) {
      return cursor.fail(IgnoreReason.MALFORMED);
    }
    if (!cursor.require(length)) {
      return PacketCursor.FAILED;
    }
    boolean padded = (radiotapFlags(cursor, length) & PADDED) != 0;
    cursor.skip(length);
    return skip(cursor, padded);
  }

  private static int radiotapFlags(PacketCursor cursor, int length) {
    int present = Integer.reverseBytes(cursor.intAt(4));
    int at = RADIOTAP_LENGTH;
    for (int more = present; (more & HAS_MORE) != 0 && at + 4 <= length; at += 4) {
      more = Integer.reverseBytes(cursor.intAt(at));
    }
    if ((present & HAS_TIME) != 0) {
      at = (at + 7) / 8 * 8 + 8;
    }
    return (present & HAS_FLAGS) != 0 && at < length ? cursor.unsignedByte(at) : 0;
  }
}
