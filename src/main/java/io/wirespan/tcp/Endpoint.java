// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * One end of a connection.
 *
 * @param addressHigh first 8 bytes of the IPv6 address; 0 for IPv4
 * @param addressLow last 8 bytes of the IPv6 address; an IPv4-mapped one (RFC 4291, 2.5.5.2) for
 *     IPv4
 */
public record Endpoint(boolean ipv6, long addressHigh, long addressLow, int port) {
  /** The address alone, as RFC 5952 writes it: {@code 10.0.0.1}, {@code 2001:db8::1}. */
  public String address() {
    return ipv6 ? Ipv6Text.format(addressHigh, addressLow) : ipv4Text((int) addressLow);
  }

  /** {@code 10.0.0.1:80} or {@code [2001:db8::1]:80}. */
  @Override
  public String toString() {
    return ipv6 ? '[' + address() + "]:" + port : address() + ':' + port;
  }

  /** The address as the JDK's type. */
  public InetAddress inetAddress() {
    byte[] bytes = new byte[ipv6 ? 16 : 4];
    for (int i = 0; i < bytes.length; i++) {
      int fromEnd = bytes.length - 1 - i;
      bytes[i] =
          (byte) (fromEnd < 8 ? addressLow >>> 8 * fromEnd : addressHigh >>> 8 * (fromEnd - 8));
    }
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are always an address", e);
    }
  }

  private static String ipv4Text(int address) {
    return (address >>> 24)
        + "."
        + (address >>> 16 & 0xff)
        + "."
        + (address >>> 8 & 0xff)
        + "."
        + (address & 0xff);
  }
}
