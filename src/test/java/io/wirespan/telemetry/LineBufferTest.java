// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LineBufferTest {
  private static void writeLine(LineBuffer lines, String text) {
    lines.append(text);
    lines.endLine();
  }

  @Test
  void shouldHoldLinesUntilFlushed() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    LineBuffer lines = new LineBuffer(out);

    writeLine(lines, "10 µs → …");
    assertThat(out.size()).isZero();
    lines.flush();

    assertThat(out.toString(UTF_8)).isEqualTo("10 µs → …\n");
    assertThat(lines.written()).isEqualTo(1);
  }

  @Test
  void shouldFlushOnceLinesHaveWaited() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    LineBuffer lines = new LineBuffer(out);
    writeLine(lines, "a");

    lines.flushIfDue(System.nanoTime() - 1_000_000_000L);
    assertThat(out.size()).isZero();
    lines.flushIfDue(System.nanoTime() + 1_000_000_000L);

    assertThat(out.toString(UTF_8)).isEqualTo("a\n");
  }

  @Test
  void shouldTakeLinesLongerThanItsBuffer() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    LineBuffer lines = new LineBuffer(out);
    String giant = "x".repeat(1_000_000);

    writeLine(lines, giant);
    writeLine(lines, "after");
    lines.flush();

    assertThat(out.toString(UTF_8)).isEqualTo(giant + "\nafter\n");
  }

  @Test
  void shouldFailOnceAndCountWhatADiskThatIsFullDidNotTake() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.isWritable(full), "no /dev/full here");
    try (OutputStream out = Files.newOutputStream(full)) {
      LineBuffer lines = new LineBuffer(out);
      writeLine(lines, "a");
      writeLine(lines, "b");
      assertThat(lines.failed()).isFalse();

      lines.flush();
      writeLine(lines, "c");
      lines.flush();

      assertThat(lines.failed()).isTrue();
      assertThat(lines.lost()).isEqualTo(3);
      assertThat(lines.written()).isZero();
    }
  }

  @Test
  void shouldFailWhenTheReaderOfAPipeIsGone() throws IOException {
    Process reader = new ProcessBuilder("sh", "-c", "exec <&-; echo gone; sleep 60").start();
    try {
      assertThat(reader.inputReader().readLine()).isEqualTo("gone");
      LineBuffer lines = new LineBuffer(reader.getOutputStream());

      for (int i = 0; i < 3; i++) {
        writeLine(lines, "x".repeat(40_000));
      }

      assertThat(lines.failed()).isTrue();
      assertThat(lines.lost()).isEqualTo(3);
    } finally {
      reader.destroyForcibly();
    }
  }
}
