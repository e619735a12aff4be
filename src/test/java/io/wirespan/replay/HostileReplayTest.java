// SPDX-License-Identifier: Apache-2.0
package io.wirespan.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.telemetry.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hostile traffic through the whole agent in a JVM of its own with a heap of 256 MB: it ends in
 * order, an ordinary connection in between comes out whole, and what it had to let go is counted.
 */
class HostileReplayTest {
  private static final int SCALE = Integer.getInteger("wirespan.hostile.scale", 1);
  private static final int MAX_HALF_OPEN = 50_000;
  private static final long MEGABYTE = 1 << 20;

  @TempDir private Path directory;

  private record Ended(List<String> lines, Map<String, Object> stats, long packets) {
    long get(String key) {
      return (long) stats.get(key);
    }

    long get(String key, String reason) {
      return (long) Json.asObject(stats.get(key)).get(reason);
    }
  }

  private Ended replay(HostileCapture capture) throws IOException, InterruptedException {
    Path errors = directory.resolve("errors");
    Path output = directory.resolve("output");
    Process agent =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                "io.wirespan.agent.Main",
                "--read",
                "-",
                "--output",
                "json")
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start();
    long packets;
    try (PcapStream stream = new PcapStream(agent.getOutputStream())) {
      capture.write(stream, SCALE);
      packets = stream.packets;
    } finally {
      assertThat(agent.waitFor()).as(Files.readString(errors)).isZero();
    }
    List<String> messages = Files.readAllLines(errors);
    assertThat(messages).hasSize(1);
    Ended ended = new Ended(Files.readAllLines(output), Json.object(messages.getFirst()), packets);
    check(ended);
    return ended;
  }

  private static void check(Ended ended) {
    assertThat(ended.get("packets_seen")).isEqualTo(ended.packets);
    assertThat(ended.get("rss_bytes")).isLessThan((256 + 150) * MEGABYTE);
    assertThat(ended.get("connections_open")).isZero();
    assertThat(ended.lines.stream().filter(line -> line.contains("\"/through\"")))
        .singleElement()
        .asString()
        .contains("\"status\":200", "\"complete\":true");
    long incomplete =
        Json.asObject(ended.stats.get("exchanges_incomplete")).values().stream()
            .mapToLong(each -> (long) each)
            .sum();
    assertThat(ended.get("exchanges_complete") + incomplete).isEqualTo(ended.lines.size());
  }

  @Test
  void shouldLetHalfOpenConnectionsGo() throws Exception {
    Ended ended = replay(HostileCapture.HALF_OPEN);
    assertHalfOpenEvicted(ended, HostileCapture.HALF_OPEN.connections(SCALE));
  }

  @Test
  void shouldSurviveASynFlood() throws Exception {
    Ended ended = replay(HostileCapture.SYN_FLOOD);
    assertHalfOpenEvicted(ended, HostileCapture.SYN_FLOOD.connections(SCALE));
  }

  private static void assertHalfOpenEvicted(Ended ended, long attacks) {
    assertThat(ended.get("connections_total")).isEqualTo(attacks + 1);
    assertThat(ended.get("connections_evicted")).isEqualTo(attacks - MAX_HALF_OPEN);
    assertThat(ended.lines).hasSize(1);
  }

  @Test
  void shouldReportEveryEndlessHead() throws Exception {
    Ended ended = replay(HostileCapture.ENDLESS_HEADS);
    long attacks = HostileCapture.ENDLESS_HEADS.connections(SCALE);
    long tooLong = ended.get("exchanges_incomplete", "parse-error");
    long refused = ended.get("exchanges_incomplete", "evicted");
    assertThat(tooLong + refused).isEqualTo(attacks);
    // All of them at once do not fit the memory for heads.
    assertThat(refused).isPositive();
  }

  @Test
  void shouldBoundWhatWaitsInSingleBytes() throws Exception {
    Ended ended = replay(HostileCapture.ONE_BYTE_SEGMENTS);
    assertThat(ended.get("connections_total"))
        .isEqualTo(1 + HostileCapture.ONE_BYTE_SEGMENTS.connections(SCALE));
    // Every other byte never came.
    assertThat(ended.get("gap_bytes")).isPositive();
  }

  @Test
  void shouldBoundWhatOverlaps() throws Exception {
    Ended ended = replay(HostileCapture.OVERLAPPING);
    assertThat(ended.get("gap_bytes")).isPositive();
  }

  @Test
  void shouldBoundWhatIsFragmented() throws Exception {
    Ended ended = replay(HostileCapture.FRAGMENTS);
    assertThat(ended.get("packets_ignored", "fragment")).isEqualTo(ended.packets - 4);
  }
}
