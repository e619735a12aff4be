// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.capture.PacketSource;
import io.wirespan.telemetry.OpenLines;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lists one worker's exchanges that have been open for some time; on that worker's thread. */
final class OpenReport implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(OpenReport.class);

  private final PacketSource source;
  private final Tracer tracer;
  private final Duration olderThan;
  private final OutputStream to;

  OpenReport(PacketSource source, Tracer tracer, Duration olderThan, OutputStream to) {
    this.source = source;
    this.tracer = tracer;
    this.olderThan = olderThan;
    this.to = to;
  }

  @Override
  public void run() {
    long correction = source.clockCorrectionNanos();
    OpenLines lines = new OpenLines(source.nowEpochNanos() + correction, olderThan.toNanos());
    tracer.tellOpen(exchange -> lines.add(exchange.shifted(correction)));
    try {
      lines.writeTo(to);
    } catch (IOException e) {
      // As for the accounting line: there is no better place left to say so.
      LOG.debug("open exchanges", e);
    }
  }
}
