// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/** The text form of IPv6 addresses that RFC 5952 recommends. */
final class Ipv6Text {
  private static final int GROUPS = 8;

  private Ipv6Text() {}

  static String format(long high, long low) {
    int[] groups = new int[GROUPS];
    for (int i = 0; i < GROUPS; i++) {
      long half = i < 4 ? high : low;
      groups[i] = (int) (half >>> 48 - 16 * (i & 3)) & 0xffff;
    }
    int zerosFrom = 0;
    int zerosLength = 0;
    for (int i = 0; i < GROUPS; ) {
      int end = i;
      while (end < GROUPS && groups[end] == 0) {
        end++;
      }
      if (end - i > zerosLength) {
        zerosFrom = i;
        zerosLength = end - i;
      }
      i = Math.max(end, i + 1);
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < GROUPS; i++) {
      // Section 4.2.2: "::" must not stand for just one group.
      if (zerosLength > 1 && i == zerosFrom) {
        text.append("::");
        i += zerosLength - 1;
        continue;
      }
      if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
        text.append(':');
      }
      text.append(Integer.toHexString(groups[i]));
    }
    return text.toString();
  }
}
