// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.capture.PacketSource;
import io.wirespan.evidence.Evidence;
import io.wirespan.evidence.EvidenceCounters;
import io.wirespan.telemetry.AccountingLine;
import io.wirespan.telemetry.AccountingSnapshot;
import io.wirespan.telemetry.OpenLines;
import io.wirespan.telemetry.Output;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Results by way of the telemetry room, and the accounting of all rooms on standard error. */
final class Reporter implements Results {
  private static final Logger LOG = LoggerFactory.getLogger(Reporter.class);

  private final PacketSource source;
  private final Tracer tracer;
  private final Output output;
  private final Optional<Evidence> evidence;
  private final OutputStream standardError;
  private final Optional<ProgressLine> progress;
  private final AccountingLine line = new AccountingLine();

  Reporter(
      PacketSource source,
      Tracer tracer,
      Output output,
      Optional<Evidence> evidence,
      OutputStream standardError,
      Optional<ProgressLine> progress) {
    this.source = source;
    this.tracer = tracer;
    this.output = output;
    this.evidence = evidence;
    this.standardError = standardError;
    this.progress = progress;
  }

  @Override
  public void flushIfDue() {
    output.flushIfDue();
  }

  @Override
  public boolean failed() {
    return output.failed();
  }

  @Override
  public void close() {
    output.close();
  }

  private static AccountingSnapshot.Evidence counters(Evidence evidence) {
    EvidenceCounters counters = evidence.counters();
    return new AccountingSnapshot.Evidence(
        counters.written(), counters.skipped(), counters.failed(), counters.packetsDropped());
  }

  /** Lists exchanges that have been open for so long. */
  void listOpen(Duration olderThan) {
    long correction = source.clockCorrectionNanos();
    OpenLines lines = new OpenLines(source.nowEpochNanos() + correction, olderThan.toNanos());
    tracer.tellOpen(exchange -> lines.add(exchange.shifted(correction)));
    try {
      lines.writeTo(standardError);
    } catch (IOException e) {
      LOG.debug("open exchanges", e);
    }
  }

  @Override
  public void account() {
    progress.ifPresent(ProgressLine::clear);
    AccountingSnapshot snapshot =
        AccountingSnapshot.of(
            source.counters(),
            tracer.connectionCounters(),
            List.of(tracer.protocolCounters()),
            output.counters(),
            evidence.map(Reporter::counters).orElse(AccountingSnapshot.Evidence.NONE));
    try {
      line.write(snapshot, standardError);
    } catch (IOException e) {
      // Standard error is gone, and with it the one place to say so; a log elsewhere may have it.
      LOG.debug("accounting line", e);
    }
  }
}
