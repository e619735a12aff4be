// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/** The fields of an IPv4 or IPv6 header that matter here. A flyweight, valid until the next one. */
final class IpHeader {
  static final int TCP = 6;

  /** Prefix of IPv4-mapped addresses (RFC 4291, section 2.5.5.2), in the lower half. */
  private static final long IPV4_MAPPED = 0xffffL << 32;

  private static final int IPV4_LENGTH = 20;
  private static final int IPV6_LENGTH = 40;
  private static final int MORE_FRAGMENTS_IPV4 = 0x2000;

  private static final int HOP_BY_HOP = 0;
  private static final int ROUTING = 43;
  private static final int FRAGMENT = 44;
  private static final int AUTHENTICATION = 51;
  private static final int DESTINATION_OPTIONS = 60;
  private static final int MAX_EXTENSIONS = 16;

  boolean ipv6;
  long sourceHigh;
  long sourceLow;
  long destinationHigh;
  long destinationLow;

  /** What follows, after any extension header. */
  int protocol;

  /** Bytes on the wire from this header on. */
  int totalLength;

  boolean fragment;
  int fragmentOffset;
  boolean moreFragments;
  int identification;

  /** Reads the header and moves behind it; false if the cursor failed. */
  boolean decode(PacketCursor cursor, int etherType) {
    fragment = false;
    return etherType == LinkHeader.IPV4 ? decodeIpv4(cursor) : decodeIpv6(cursor);
  }

  /** RFC 791, section 3.1. */
  private boolean decodeIpv4(PacketCursor cursor) {
    if (!cursor.require(IPV4_LENGTH)) {
      return false;
    }
    // Version, IHL, TOS, length, identification, flags and offset; TTL, protocol, checksum, source.
    long first = cursor.longAt(0);
    long second = cursor.longAt(8);
    int destination = cursor.intAt(16);
    int versionAndLength = (int) (first >>> 56);
    int headerLength = (versionAndLength & 0xf) * 4;
    totalLength = totalLength(cursor, (int) (first >>> 32) & 0xffff);
    if (versionAndLength >>> 4 != 4 || headerLength < IPV4_LENGTH || totalLength < headerLength) {
      cursor.fail(IgnoreReason.MALFORMED);
      return false;
    }
    cursor.cut(totalLength);
    if (!cursor.require(headerLength)) {
      return false;
    }
    int fragmentation = (int) first & 0xffff;
    fragmentOffset = (fragmentation & 0x1fff) * 8;
    moreFragments = (fragmentation & MORE_FRAGMENTS_IPV4) != 0;
    fragment = moreFragments || fragmentOffset != 0;
    identification = (int) (first >>> 16) & 0xffff;
    protocol = (int) (second >>> 48) & 0xff;
    ipv6 = false;
    sourceHigh = 0;
    sourceLow = IPV4_MAPPED | second & 0xffffffffL;
    destinationHigh = 0;
    destinationLow = IPV4_MAPPED | destination & 0xffffffffL;
    cursor.skip(headerLength);
    return fragment || protocol != AUTHENTICATION || skipExtensions(cursor);
  }

  /** RFC 8200, section 3. */
  private boolean decodeIpv6(PacketCursor cursor) {
    if (!cursor.require(IPV6_LENGTH)) {
      return false;
    }
    int payloadLength = cursor.unsignedShort(4);
    totalLength = totalLength(cursor, payloadLength == 0 ? 0 : IPV6_LENGTH + payloadLength);
    if (cursor.unsignedByte(0) >>> 4 != 6) {
      cursor.fail(IgnoreReason.MALFORMED);
      return false;
    }
    cursor.cut(totalLength);
    protocol = cursor.unsignedByte(6);
    ipv6 = true;
    sourceHigh = cursor.longAt(8);
    sourceLow = cursor.longAt(16);
    destinationHigh = cursor.longAt(24);
    destinationLow = cursor.longAt(32);
    cursor.skip(IPV6_LENGTH);
    return skipExtensions(cursor);
  }

  /**
   * A length of 0 is what a capture before segmentation offload shows of a packet of more than
   * 65535 bytes ("BIG TCP", jumbograms): it ends where the frame ends.
   */
  private static int totalLength(PacketCursor cursor, int field) {
    return field == 0 ? cursor.wireRemaining() : field;
  }

  static boolean isExtension(int protocol) {
    return switch (protocol) {
      case HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION_OPTIONS -> true;
      default -> false;
    };
  }

  /**
   * Moves behind the extension headers (RFC 8200, section 4; RFC 4302, section 2.2), or behind the
   * fragment header if the packet is a fragment; false if the cursor failed.
   */
  boolean skipExtensions(PacketCursor cursor) {
    fragment = false;
    for (int count = 0; isExtension(protocol); count++) {
      if (count == MAX_EXTENSIONS) {
        cursor.fail(IgnoreReason.NESTED_TOO_DEEP);
        return false;
      }
      if (!cursor.require(8)) {
        return false;
      }
      int next = cursor.unsignedByte(0);
      int length =
          switch (protocol) {
            case FRAGMENT -> 8;
            case AUTHENTICATION -> (cursor.unsignedByte(1) + 2) * 4;
            default -> (cursor.unsignedByte(1) + 1) * 8;
          };
      if (!cursor.require(length)) {
        return false;
      }
      if (protocol == FRAGMENT) {
        readFragmentHeader(cursor);
      }
      cursor.skip(length);
      protocol = next;
      if (fragment) {
        return true;
      }
    }
    return true;
  }

  /** RFC 8200, section 4.5; both zero is an atomic fragment, a whole packet (RFC 6946). */
  private void readFragmentHeader(PacketCursor cursor) {
    int fragmentation = cursor.unsignedShort(2);
    fragmentOffset = fragmentation & 0xfff8;
    moreFragments = (fragmentation & 1) != 0;
    fragment = moreFragments || fragmentOffset != 0;
    identification = cursor.intAt(4);
  }
}
