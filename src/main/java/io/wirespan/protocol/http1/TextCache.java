// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Turns bytes into Strings and hands the same one out again for the same bytes, because hosts, user
 * agents, reason phrases and targets repeat. Direct-mapped: a newcomer replaces what has its slot.
 */
final class TextCache {
  private static final int SLOTS = 512;
  private static final int LONGEST = 256;

  private final String[] texts = new String[SLOTS];

  /** The bytes as UTF-8 or, if they are not that, as ISO 8859-1. */
  String text(byte[] bytes, int from, int to) {
    int length = to - from;
    if (length == 0) {
      return "";
    }
    int hash = length;
    int signs = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + bytes[i];
      signs |= bytes[i];
    }
    if (signs < 0) {
      return notAscii(bytes, from, length);
    }
    if (length > LONGEST) {
      return new String(bytes, from, length, ISO_8859_1);
    }
    int slot = (hash ^ hash >>> 15) & SLOTS - 1;
    String cached = texts[slot];
    if (cached == null || !Bytes.equal(bytes, from, to, cached)) {
      cached = new String(bytes, from, length, ISO_8859_1);
      texts[slot] = cached;
    }
    return cached;
  }

  private static String notAscii(byte[] bytes, int from, int length) {
    String text = new String(bytes, from, length, UTF_8);
    return text.indexOf('\ufffd') < 0 ? text : new String(bytes, from, length, ISO_8859_1);
  }
}
