// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What the standard streams are connected to. */
enum Streams {
  OUTPUT(1),
  ERROR(2);

  private final int descriptor;

  Streams(int descriptor) {
    this.descriptor = descriptor;
  }

  /** Width of the terminal as the shell, or {@code ./run}, tells it; 0 if it does not. */
  static int columns(Map<String, String> environment) {
    String columns = environment.getOrDefault("COLUMNS", "");
    return columns.matches("[1-9][0-9]{0,4}") ? Integer.parseInt(columns) : 0;
  }

  /**
   * Whether this stream is a terminal. {@link java.io.Console#isTerminal} is of no use here: it
   * wants standard input and output both to be one.
   */
  boolean isTerminal() {
    try {
      Path target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor));
      return target.startsWith("/dev/pts")
          || target.toString().startsWith("/dev/tty")
          || target.equals(Path.of("/dev/console"));
    } catch (IOException e) {
      return false;
    }
  }
}
