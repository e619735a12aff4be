// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.capture.CaptureFileSource;
import java.io.PrintStream;
import java.util.OptionalInt;

/** How far a long file has been read: one line on a terminal, written over again and again. */
final class ProgressLine {
  /** Carriage return, and ECMA-48's "erase in line". */
  private static final String CLEAR = "\r\u001b[K";

  private final CaptureFileSource source;
  private final PrintStream terminal;
  private boolean shown;

  ProgressLine(CaptureFileSource source, PrintStream terminal) {
    this.source = source;
    this.terminal = terminal;
  }

  void show() {
    OptionalInt percent = source.percentRead();
    String read = percent.isPresent() ? percent.getAsInt() + " %, " : "";
    terminal.print(CLEAR + "reading: " + read + source.counters().seen() + " packets");
    terminal.flush();
    shown = true;
  }

  /** Takes the line away before anything else is written. */
  void clear() {
    if (shown) {
      terminal.print(CLEAR);
      terminal.flush();
      shown = false;
    }
  }
}
