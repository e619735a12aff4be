// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.wirespan.telemetry.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The agent as users have it: the jar, in a process of its own. */
final class AgentProcess implements AutoCloseable {
  /** A busy machine may need long to start a JVM; nothing is expected to need this. */
  private static final int START_SECONDS = 120;

  private static final int END_SECONDS = 120;
  private static final int OUTPUT_SECONDS = 120;
  private static final String STATS = "{\"wirespan\":\"stats\"";

  private final Process process;
  private final Path output;
  private final Path errors;
  private long countedBytes;
  private long countedLines;

  private AgentProcess(Process process, Path output, Path errors) {
    this.process = process;
    this.output = output;
    this.errors = errors;
  }

  /** What it left behind. */
  record Ended(int status, Path output, List<String> errors) {
    String errorText() {
      return String.join("\n", errors);
    }

    /** Its JSON lines. */
    List<Map<String, Object>> lines() throws IOException {
      return Files.readAllLines(output).stream().map(Json::object).toList();
    }

    List<Call> calls() throws IOException {
      return lines().stream().map(Call::of).toList();
    }

    /** The last accounting line, which must be the last line of all. */
    Stats stats() {
      assertThat(errors).isNotEmpty();
      assertThat(errors.getLast()).startsWith(STATS);
      return new Stats(Json.object(errors.getLast()));
    }
  }

  /** An accounting line. */
  record Stats(Map<String, Object> line) {
    long get(String key) {
      return (long) line.get(key);
    }

    long incomplete() {
      return Json.asObject(line.get("exchanges_incomplete")).values().stream()
          .mapToLong(each -> (long) each)
          .sum();
    }

    /** Packets that were ignored for this reason. */
    long ignored(String reason) {
      return (long) Json.asObject(line.get("packets_ignored")).get(reason);
    }

    long lost() {
      return get("packets_lost_kernel") + get("packets_lost_ring");
    }
  }

  /** The words that start it. */
  static List<String> command(String... options) {
    String jar = System.getProperty("wirespan.jar", "");
    assumeTrue(Files.exists(Path.of(jar)), "needs the agent's jar: run by mvn verify");
    List<String> words =
        new ArrayList<>(
            List.of(Programs.java(), "--enable-native-access=ALL-UNNAMED", "-jar", jar));
    words.addAll(List.of(options));
    return words;
  }

  /** A process of these words in which nothing of this process's environment configures us. */
  static ProcessBuilder process(List<String> words) {
    ProcessBuilder builder = new ProcessBuilder(words);
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("OTEL_") || name.startsWith("WIRESPAN_"));
    return builder;
  }

  /** Starts it and waits until it is attached. */
  static AgentProcess attach(Path directory, String... options) throws IOException {
    return attach(directory, process(command(options)));
  }

  static AgentProcess attach(Path directory, ProcessBuilder builder) throws IOException {
    AgentProcess agent = start(directory, builder);
    if (!agent.attachesOrEnds()) {
      agent.close();
      fail("the agent did not attach: " + String.join("\n", agent.errorLines()));
    }
    return agent;
  }

  static AgentProcess start(Path directory, ProcessBuilder builder) throws IOException {
    Path output = Files.createTempFile(directory, "agent", ".out");
    Path errors = Files.createTempFile(directory, "agent", ".err");
    if (builder.redirectOutput() == ProcessBuilder.Redirect.PIPE) {
      builder.redirectOutput(output.toFile());
    }
    return new AgentProcess(builder.redirectError(errors.toFile()).start(), output, errors);
  }

  /** Starts it and waits until it ends by itself. */
  static Ended run(Path directory, ProcessBuilder builder) throws IOException {
    try (AgentProcess agent = start(directory, builder)) {
      return agent.awaitEnd();
    }
  }

  /** Waits until one of the two is so; true for the first. */
  private boolean attachesOrEnds() {
    Programs.await(() -> isAttached() || !process.isAlive(), START_SECONDS);
    return isAttached();
  }

  private boolean isAttached() {
    return errorLines().stream().anyMatch(line -> line.contains("attached to"));
  }

  List<String> errorLines() {
    try {
      return Files.readAllLines(errors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until its standard output is longer than this. */
  void awaitOutputBytes(long bytes) {
    awaitOutput(() -> outputBytes() > bytes);
  }

  /** Waits until its standard output has this many lines. */
  void awaitOutputLines(long lines) {
    awaitOutput(() -> outputLines() >= lines);
  }

  private void awaitOutput(BooleanSupplier condition) {
    assertThat(Programs.await(condition, OUTPUT_SECONDS))
        .as(() -> outputLines() + " lines; " + String.join("\n", errorLines()))
        .isTrue();
  }

  /** Length of its standard output so far. */
  long outputBytes() {
    return output.toFile().length();
  }

  private long outputLines() {
    try (InputStream more = Files.newInputStream(output)) {
      more.skipNBytes(countedBytes);
      for (byte b : more.readAllBytes()) {
        countedBytes++;
        countedLines += b == '\n' ? 1 : 0;
      }
      return countedLines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /** Sends SIGTERM; the agent must end as if it were done. */
  Ended stop() throws IOException {
    process.destroy();
    Ended ended = awaitEnd();
    assertThat(ended.status()).as(ended.errorText()).isZero();
    return ended;
  }

  /** Ends it as {@code kill -9} does. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  Ended awaitEnd() throws IOException {
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        fail("the agent does not end: " + String.join("\n", errorLines()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return new Ended(process.exitValue(), output, errorLines());
  }

  @Override
  public void close() {
    kill();
  }
}
