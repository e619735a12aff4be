// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

/** Makes text that came off the wire harmless to print. */
final class WireText {
  private static final String HEX = "0123456789ABCDEF";

  private WireText() {}

  /**
   * Printable ASCII as it is; every other byte, blanks and control characters included, as {@code
   * %XX}. The same object if there is nothing to do.
   *
   * @param text bytes decoded as ISO-8859-1
   */
  static String visible(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isVisible(text.charAt(i))) {
        return encoded(text, i);
      }
    }
    return text;
  }

  private static boolean isVisible(char character) {
    return character > ' ' && character < 0x7f;
  }

  private static String encoded(String text, int from) {
    StringBuilder encoded = new StringBuilder(text.length() + 16).append(text, 0, from);
    for (int i = from; i < text.length(); i++) {
      char character = text.charAt(i);
      if (isVisible(character)) {
        encoded.append(character);
      } else {
        encoded
            .append('%')
            .append(HEX.charAt(character >> 4 & 0xf))
            .append(HEX.charAt(character & 0xf));
      }
    }
    return encoded.toString();
  }
}
