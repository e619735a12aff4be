// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;

/**
 * What a client says to a proxy, or a proxy to the server behind it, before HTTP begins. All of it
 * comes in one piece, or is not recognised.
 */
final class ProxyPreamble {
  private static final byte[] LINE = "PROXY ".getBytes(US_ASCII);
  private static final int LONGEST_LINE = 107;

  private static final byte[] SIGNATURE = "\r\n\r\n\0\r\nQUIT\n".getBytes(US_ASCII);
  private static final int HEADER_LENGTH = 16;
  private static final int VERSION_2 = 0x20;

  private static final int SOCKS_4 = 4;
  private static final int SOCKS_5 = 5;
  private static final int CONNECT = 1;
  private static final int SHORTEST_SOCKS_4 = 9;

  private ProxyPreamble() {}

  /**
   * Length of a header of the <a
   * href="https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt">PROXY protocol</a>, version
   * 1 or 2; 0 if there is none.
   */
  static int headerLength(ByteBuf data) {
    if (begins(data, LINE)) {
      int end = Math.min(data.writerIndex(), data.readerIndex() + LONGEST_LINE);
      return Math.max(
          0, data.indexOf(data.readerIndex(), end, (byte) '\n') + 1 - data.readerIndex());
    }
    if (!begins(data, SIGNATURE) || data.readableBytes() < HEADER_LENGTH) {
      return 0;
    }
    int version = data.getUnsignedByte(data.readerIndex() + 12) & 0xf0;
    int length = HEADER_LENGTH + data.getUnsignedShort(data.readerIndex() + 14);
    return version == VERSION_2 && length <= data.readableBytes() ? length : 0;
  }

  /** Whether a client asks a SOCKS proxy for a connection, or how to: version 4, or RFC 1928. */
  static boolean isSocks(ByteBuf data) {
    int from = data.readerIndex();
    int length = data.readableBytes();
    if (length < 3) {
      return false;
    }
    int second = data.getUnsignedByte(from + 1);
    return switch (data.getByte(from)) {
      case SOCKS_4 ->
          second == CONNECT && length >= SHORTEST_SOCKS_4 && data.getByte(from + length - 1) == 0;
      case SOCKS_5 -> length == 2 + second;
      default -> false;
    };
  }

  private static boolean begins(ByteBuf data, byte[] expected) {
    if (data.readableBytes() < expected.length) {
      return false;
    }
    for (int i = 0; i < expected.length; i++) {
      if (data.getByte(data.readerIndex() + i) != expected[i]) {
        return false;
      }
    }
    return true;
  }
}
