// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.wirespan.bpf.TestNetwork;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Programs of the system that the tests drive traffic with, or compare results with. */
final class Programs {
  private Programs() {}

  /** Skips the test, and says so, unless all of them are installed. */
  static void assumeInstalled(String... names) {
    for (String name : names) {
      assumeTrue(isInstalled(name), "needs " + name + ", which is not installed");
    }
  }

  static boolean isInstalled(String name) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Stream.of(path.split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory).resolve(name)));
  }

  /**
   * Calls URLs one after the other, over one connection where they have the same authority, and
   * throws away what they answer.
   */
  static String curl(String namespace, String... words) throws IOException {
    assumeInstalled("curl");
    List<String> command = new ArrayList<>(List.of("curl", "--silent", "--show-error"));
    command.addAll(List.of("--noproxy", "*", "--max-time", "60"));
    for (String word : words) {
      if (word.startsWith("http://")) {
        // To be said for each.
        command.addAll(List.of("--output", "/dev/null"));
      }
      command.add(word);
    }
    return TestNetwork.run(namespace, command.toArray(String[]::new));
  }

  /** The java command of this JVM. */
  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** Ends a process and waits for its end. */
  static void end(ProcessHandle process) {
    process.destroy();
    if (!await(() -> !process.isAlive(), 10)) {
      process.destroyForcibly();
    }
  }

  /** Waits until something is so; tells whether it was so in time. */
  static boolean await(BooleanSupplier condition, int seconds) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }
}
