// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the standard streams are connected to. */
enum Streams {
  OUTPUT(1),
  ERROR(2);

  private final int descriptor;

  Streams(int descriptor) {
    this.descriptor = descriptor;
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
