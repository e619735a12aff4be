// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Searching and comparing in byte arrays. */
final class Bytes {
  private static final VarHandle LE_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long EACH_BYTE = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final long MIX = 0x9e3779b97f4a7c15L;
  private static final long LINE_FEEDS = EACH_BYTE * '\n';

  private Bytes() {}

  /** Index of the first LF in {@code [from, to)}, or -1; eight bytes at a time. */
  static int indexOfLineFeed(byte[] bytes, int from, int to) {
    int index = from;
    for (; index <= to - Long.BYTES; index += Long.BYTES) {
      long word = (long) LE_LONG.get(bytes, index) ^ LINE_FEEDS;
      // The lowest set bit is exact: a borrow can only make false hits above a true one.
      long zeros = (word - EACH_BYTE) & ~word & HIGH_BITS;
      if (zeros != 0) {
        return index + (Long.numberOfTrailingZeros(zeros) >>> 3);
      }
    }
    for (; index < to; index++) {
      if (bytes[index] == '\n') {
        return index;
      }
    }
    return -1;
  }

  /** Eight bytes, the first of them the lowest. */
  static long longAt(byte[] bytes, int index) {
    return (long) LE_LONG.get(bytes, index);
  }

  /** A hash of {@code [from, to)}, well mixed in its low bits. */
  static int hash(byte[] bytes, int from, int to) {
    long hash = to - from;
    int index = from;
    for (; index <= to - Long.BYTES; index += Long.BYTES) {
      hash = (hash ^ (long) LE_LONG.get(bytes, index)) * MIX;
      hash ^= hash >>> 32;
    }
    for (; index < to; index++) {
      hash = (hash ^ bytes[index]) * MIX;
    }
    return (int) (hash >>> 40 ^ hash >>> 20);
  }

  /** End of the line that {@code lineFeed} ends: one CR before it belongs to the line end. */
  static int lineEnd(byte[] bytes, int from, int lineFeed) {
    return lineFeed > from && bytes[lineFeed - 1] == '\r' ? lineFeed - 1 : lineFeed;
  }

  static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  static int skipBlanks(byte[] bytes, int from, int to) {
    int index = from;
    while (index < to && isBlank(bytes[index])) {
      index++;
    }
    return index;
  }

  static int trimBlanks(byte[] bytes, int from, int to) {
    int index = to;
    while (index > from && isBlank(bytes[index - 1])) {
      index--;
    }
    return index;
  }

  /** Whether {@code [from, to)} equals ASCII text, exactly. */
  static boolean equal(byte[] bytes, int from, int to, String text) {
    if (to - from != text.length()) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (bytes[i] != text.charAt(i - from)) {
        return false;
      }
    }
    return true;
  }

  /** Whether {@code [from, to)} equals text in lower case, but for the case of its letters. */
  static boolean equalIgnoringCase(byte[] bytes, int from, int to, String lowerCase) {
    if (to - from != lowerCase.length()) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (lowerCase(bytes[i]) != lowerCase.charAt(i - from)) {
        return false;
      }
    }
    return true;
  }

  private static int lowerCase(byte b) {
    return b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b;
  }
}
