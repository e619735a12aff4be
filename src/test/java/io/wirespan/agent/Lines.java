// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.wirespan.telemetry.Json;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** What the agent's JSON lines say. */
final class Lines {
  /** Between two observers of the same packets, each with times of its own. */
  private static final double TOLERANCE_MICROS = 1_000;

  private Lines() {}

  static boolean isComplete(Map<String, Object> line) {
    return line.get("complete").equals(true);
  }

  static Predicate<Map<String, Object>> with(String key, Object value) {
    return line -> value.equals(line.get(key));
  }

  static String target(Map<String, Object> line) {
    return (String) line.get("target");
  }

  /**
   * @param which request or response
   */
  static Map<String, Object> message(Map<String, Object> line, String which) {
    return Json.asObject(line.get(which));
  }

  /** A message's packets and bytes, without what depends on when they were seen. */
  static Map<String, Object> counts(Map<String, Object> line, String which) {
    Map<String, Object> counts = new HashMap<>(message(line, which));
    counts.remove("zero_window_us");
    return counts;
  }

  static double millis(Map<String, Object> line, String key) {
    return (double) line.get(key) / 1_000;
  }

  /** Two observers of an exchange agree on how long it took, and its parts. */
  static void assertSameTimes(Map<String, Object> one, Map<String, Object> other) {
    for (String key : List.of("duration_us", "ttfb_us", "transfer_us")) {
      assertThat((double) one.get(key))
          .as("%s of %s", key, one)
          .isCloseTo((double) other.get(key), within(TOLERANCE_MICROS));
    }
  }
}
