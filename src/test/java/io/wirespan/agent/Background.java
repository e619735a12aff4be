// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.bpf.TestNetwork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program in a network namespace that runs beside the test, with what it prints in files. */
final class Background implements AutoCloseable {
  /** A busy machine may need long; nothing is expected to need this. */
  private static final int PATIENCE_SECONDS = 120;

  private final Process process;
  private final Path output;
  private final Path errors;

  private Background(Process process, Path output, Path errors) {
    this.process = process;
    this.output = output;
    this.errors = errors;
  }

  static Background start(Path directory, String namespace, List<String> words) throws IOException {
    Programs.assumeInstalled(words.getFirst());
    Path output = Files.createTempFile(directory, "background", ".out");
    Path errors = Files.createTempFile(directory, "background", ".err");
    Process process =
        new ProcessBuilder(TestNetwork.in(namespace, words))
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start();
    return new Background(process, output, errors);
  }

  /** The lines of its standard output so far. */
  List<String> lines() {
    return lines(output);
  }

  /** The lines of its standard error so far. */
  List<String> errors() {
    return lines(errors);
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until it has printed a line with {@code words} in it. */
  void awaitLine(String words) {
    Programs.await(() -> hasPrinted(words) || !process.isAlive(), PATIENCE_SECONDS);
    assertThat(hasPrinted(words)).as("%s: %s %s", words, lines(), errors()).isTrue();
  }

  private boolean hasPrinted(String words) {
    return lines().stream().anyMatch(line -> line.contains(words));
  }

  /** Waits until it ends by itself, which must be in time and with status 0. */
  void awaitSuccess() throws InterruptedException {
    assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("it ends").isTrue();
    assertThat(process.exitValue()).as(errors().toString()).isZero();
  }

  /** Ends it, if it has not ended. */
  @Override
  public void close() {
    Programs.end(process.toHandle());
  }
}
