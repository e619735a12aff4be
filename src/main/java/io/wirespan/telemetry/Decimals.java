// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

/** Numbers as ASCII digits in a reused array, without garbage. Valid until the next one. */
final class Decimals {
  private final char[] text = new char[32];
  private int start;

  char[] array() {
    return text;
  }

  int start() {
    return start;
  }

  int length() {
    return text.length - start;
  }

  /** Nanoseconds as microseconds with three decimals. */
  Decimals micros(long nanos) {
    start = text.length;
    long rest = digits(Math.abs(nanos), 3);
    text[--start] = '.';
    do {
      rest = digits(rest, 1);
    } while (rest > 0);
    if (nanos < 0) {
      text[--start] = '-';
    }
    return this;
  }

  /** {@code "2026-11-22T08:27:47" + ".123456789Z"}. */
  Decimals timestamp(String second, long epochNanos) {
    start = text.length;
    text[--start] = 'Z';
    digits(Math.floorMod(epochNanos, 1_000_000_000L), 9);
    text[--start] = '.';
    start -= second.length();
    second.getChars(0, second.length(), text, start);
    return this;
  }

  /**
   * Puts the last {@code count} digits of {@code value} in front and returns what is left of it.
   */
  private long digits(long value, int count) {
    long rest = value;
    for (int i = 0; i < count; i++) {
      text[--start] = (char) ('0' + rest % 10);
      rest /= 10;
    }
    return rest;
  }
}
