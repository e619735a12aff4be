// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The OpenTelemetry Collector to test with: the one that {@code OTELCOL} names, else our own build
 * of {@code src/test/collector}, made once and kept in the user's cache. Without either, and
 * without Go to build it, the test is skipped and says so.
 */
final class CollectorBinary {
  private static final Path MODULE = Path.of("src", "test", "collector").toAbsolutePath();
  private static final long BUILD_MINUTES = 10;

  private CollectorBinary() {}

  static Path find() throws IOException, InterruptedException {
    Optional<String> named = Optional.ofNullable(System.getenv("OTELCOL"));
    if (named.isPresent()) {
      return Path.of(named.get());
    }
    Path built = cache().resolve("otelcol-" + fingerprint());
    if (!Files.isExecutable(built)) {
      build(built);
    }
    return built;
  }

  private static Path cache() {
    String home = System.getProperty("user.home");
    return Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
        .filter(value -> !value.isEmpty())
        .map(Path::of)
        .orElse(Path.of(home, ".cache"))
        .resolve("wirespan");
  }

  private static String fingerprint() throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String file : List.of("go.mod", "go.sum", "main.go")) {
        digest.update(Files.readAllBytes(MODULE.resolve(file)));
      }
      return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  private static void build(Path binary) throws IOException, InterruptedException {
    Path go = go().orElseGet(() -> abort("no go on the PATH to build a collector, no OTELCOL"));
    Files.createDirectories(binary.getParent());
    // Others may be building it too: the one who moves it there last does no harm.
    Path fresh = Files.createTempFile(binary.getParent(), "building", "");
    Path log = Files.createTempFile("collector-build", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(
            go.toString(), "build", "-trimpath", "-ldflags=-s -w", "-o", fresh.toString(), ".");
    builder.directory(MODULE.toFile()).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("GOFLAGS", "-mod=mod");
    builder.environment().put("CGO_ENABLED", "0");
    Process process = builder.start();
    if (!process.waitFor(BUILD_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
      process.destroyForcibly();
      Files.delete(fresh);
      abort("go build of the collector failed (no network?): " + Files.readString(log));
    }
    Files.move(fresh, binary, StandardCopyOption.ATOMIC_MOVE);
  }

  private static Optional<Path> go() {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Stream.concat(Stream.of(path.split(File.pathSeparator)), Stream.of("/usr/local/go/bin"))
        .map(directory -> Path.of(directory, "go"))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
