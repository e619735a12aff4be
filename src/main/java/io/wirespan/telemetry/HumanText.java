// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

/** Durations and sizes for people: three or four digits and a unit. */
final class HumanText {
  private HumanText() {}

  /** {@code 268.5 µs}, {@code 12.34 ms}, {@code 1.234 s}, {@code 3m 12s}. */
  static void appendDuration(StringBuilder to, long nanos) {
    long tenthsOfMicros = (nanos + 50) / 100;
    long hundredthsOfMillis = (nanos + 5_000) / 10_000;
    long millis = (nanos + 500_000) / 1_000_000;
    if (tenthsOfMicros < 10_000) {
      appendFixed(to, tenthsOfMicros, 10).append(" µs");
    } else if (hundredthsOfMillis < 100_000) {
      appendFixed(to, hundredthsOfMillis, 100).append(" ms");
    } else if (millis < 60_000) {
      appendFixed(to, millis, 1_000).append(" s");
    } else {
      long seconds = (millis + 500) / 1_000;
      to.append(seconds / 60).append("m ").append(seconds % 60).append('s');
    }
  }

  /** {@code 39 B}, {@code 1.2 kB}, {@code 200.0 MB}: powers of 1,000. */
  static void appendSize(StringBuilder to, long bytes) {
    if (bytes < 1_000) {
      to.append(bytes).append(" B");
      return;
    }
    long unit = 1_000;
    int prefix = 0;
    while (tenths(bytes, unit) >= 10_000 && prefix < 3) {
      unit *= 1_000;
      prefix++;
    }
    appendFixed(to, tenths(bytes, unit), 10).append(' ').append("kMGT".charAt(prefix)).append('B');
  }

  private static long tenths(long bytes, long unit) {
    return (bytes + unit / 20) / (unit / 10);
  }

  private static StringBuilder appendFixed(StringBuilder to, long value, int scale) {
    to.append(value / scale).append('.');
    for (int digit = scale / 10; digit > 1 && value % scale < digit; digit /= 10) {
      to.append('0');
    }
    return to.append(value % scale);
  }
}
