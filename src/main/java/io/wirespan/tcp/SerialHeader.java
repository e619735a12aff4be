// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/** Headers of point-to-point links. */
final class SerialHeader {
  private static final int PPP_ADDRESS_AND_CONTROL = 0xff03;
  private static final int PPP_IPV4 = 0x0021;
  private static final int PPP_IPV6 = 0x0057;
  private static final int PPP_MPLS = 0x0281;
  private static final int CISCO_UNICAST = 0x0f00;
  private static final int CISCO_MULTICAST = 0x8f00;
  private static final int UNNUMBERED_INFORMATION = 3;

  private SerialHeader() {}

  /**
   * RFC 1661, and RFC 1662 before it; the first byte of the protocol may be left out if it is 0.
   */
  static int ppp(PacketCursor cursor) {
    if (!cursor.require(2)) {
      return PacketCursor.FAILED;
    }
    int first = cursor.unsignedShort(0);
    if (first == CISCO_UNICAST || first == CISCO_MULTICAST) {
      return hdlc(cursor);
    }
    if (first == PPP_ADDRESS_AND_CONTROL) {
      cursor.skip(2);
      if (!cursor.require(2)) {
        return PacketCursor.FAILED;
      }
    }
    boolean compressed = (cursor.unsignedByte(0) & 1) != 0;
    int protocol = compressed ? cursor.unsignedByte(0) : cursor.unsignedShort(0);
    cursor.skip(compressed ? 1 : 2);
    return switch (protocol) {
      case PPP_IPV4 -> LinkHeader.IPV4;
      case PPP_IPV6 -> LinkHeader.IPV6;
      case PPP_MPLS -> LinkHeader.mpls(cursor);
      default -> cursor.fail(IgnoreReason.NOT_IP);
    };
  }

  /** RFC 2516, section 4: version and type, code (0: session), session, length; then PPP. */
  static int pppoe(PacketCursor cursor) {
    if (!cursor.require(6)) {
      return PacketCursor.FAILED;
    }
    cursor.skip(6);
    return ppp(cursor);
  }

  /** Address, control and EtherType. */
  static int hdlc(PacketCursor cursor) {
    if (!cursor.require(4)) {
      return PacketCursor.FAILED;
    }
    int type = cursor.unsignedShort(2);
    cursor.skip(4);
    return LinkHeader.payload(cursor, type);
  }

  /** Address bytes, of which the last is odd; then RFC 2427, or Cisco's EtherType. */
  static int frameRelay(PacketCursor cursor) {
    int address = 1;
    while (cursor.require(address) && (cursor.unsignedByte(address - 1) & 1) == 0) {
      address++;
      if (address > 4) {
        return cursor.fail(IgnoreReason.MALFORMED);
      }
    }
    if (!cursor.require(address + 2)) {
      return PacketCursor.FAILED;
    }
    cursor.skip(address);
    if (cursor.unsignedByte(0) != UNNUMBERED_INFORMATION) {
      int type = cursor.unsignedShort(0);
      cursor.skip(2);
      return LinkHeader.payload(cursor, type);
    }
    boolean padded = cursor.unsignedByte(1) == 0;
    cursor.skip(padded ? 2 : 1);
    return LlcHeader.networkLayer(cursor);
  }
}
