// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import java.io.IOException;
import java.io.OutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Standard output, which the buffers of several threads share: each hands over many whole lines at
 * a time, so that none is torn and the lock is met seldom. The first error ends it, and is logged
 * once.
 */
final class SharedOutput {
  private static final Logger LOG = LoggerFactory.getLogger(SharedOutput.class);

  private final OutputStream out;
  private byte[] heading = {};
  private volatile boolean failed;

  SharedOutput(OutputStream out) {
    this.out = out;
  }

  /** Something to be written before the first lines, whosever they are. */
  synchronized void heading(byte[] text) {
    heading = text;
  }

  /** False if it takes nothing any more. */
  synchronized boolean write(byte[] lines, int length) {
    if (failed) {
      return false;
    }
    try {
      out.write(heading);
      heading = new byte[0];
      out.write(lines, 0, length);
      out.flush();
      return true;
    } catch (IOException e) {
      failed = true;
      LOG.error("standard output: {}; nothing more is written to it", e.getMessage());
      return false;
    }
  }

  boolean failed() {
    return failed;
  }
}
