// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Formats the whole seconds of timestamps and remembers the last, since many share one. */
final class SecondText {
  private final DateTimeFormatter formatter;
  private long second = Long.MIN_VALUE;
  private String text = "";

  SecondText(String pattern, ZoneId zone) {
    formatter = DateTimeFormatter.ofPattern(pattern, Locale.ROOT).withZone(zone);
  }

  ZoneId zone() {
    return formatter.getZone();
  }

  String of(long epochNanos) {
    long wanted = Math.floorDiv(epochNanos, 1_000_000_000L);
    if (wanted != second) {
      second = wanted;
      text = formatter.format(Instant.ofEpochSecond(wanted));
    }
    return text;
  }
}
