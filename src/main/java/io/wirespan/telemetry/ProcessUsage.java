// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What this process has cost so far. */
final class ProcessUsage {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "VmRSS:";

  private final long startNanos = System.nanoTime();

  /** User and system time of all threads; the kernel counts it in hundredths of a second. */
  double cpuSeconds() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1e3;
  }

  /** Resident memory; 0 where there is no {@code /proc}. */
  long residentBytes() {
    try {
      return residentBytes(Files.readAllLines(STATUS));
    } catch (IOException e) {
      return 0;
    }
  }

  /** The line is {@code VmRSS: 98304 kB}, proc(5). */
  static long residentBytes(List<String> status) {
    for (String line : status) {
      if (line.startsWith(RESIDENT)) {
        String kilobytes = line.substring(RESIDENT.length()).replace("kB", "").strip();
        return Long.parseLong(kilobytes) * 1024;
      }
    }
    return 0;
  }

  double uptimeSeconds() {
    return (System.nanoTime() - startNanos) / 1_000_000 / 1e3;
  }
}
