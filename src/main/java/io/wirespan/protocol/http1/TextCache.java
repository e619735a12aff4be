// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/**
 * Turns bytes into Strings and hands the same one out again for the same bytes, because hosts, user
 * agents, reason phrases and targets repeat. Direct-mapped: a newcomer replaces what has its slot.
 */
final class TextCache {
  private static final int SLOTS = 512;
  private static final int LONGEST = 256;

  private final byte[][] keys = new byte[SLOTS][];
  private final String[] texts = new String[SLOTS];

  /** The bytes as UTF-8 or, if they are not that, as ISO 8859-1. */
  String text(byte[] bytes, int from, int to) {
    int length = to - from;
    if (length == 0) {
      return "";
    }
    if (length > LONGEST) {
      return decode(bytes, from, length);
    }
    int slot = Bytes.hash(bytes, from, to) & SLOTS - 1;
    byte[] key = keys[slot];
    if (key == null || !Arrays.equals(key, 0, key.length, bytes, from, to)) {
      keys[slot] = Arrays.copyOfRange(bytes, from, to);
      texts[slot] = decode(bytes, from, length);
    }
    return texts[slot];
  }

  private static String decode(byte[] bytes, int from, int length) {
    String text = new String(bytes, from, length, UTF_8);
    return text.indexOf('\ufffd') < 0 ? text : new String(bytes, from, length, ISO_8859_1);
  }
}
