// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.capture.PacketSource;
import io.wirespan.telemetry.AccountingLine;
import io.wirespan.telemetry.AccountingSnapshot;
import io.wirespan.telemetry.Output;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Results by way of the telemetry room, and the accounting of all rooms on standard error. */
final class Reporter implements Results {
  private static final Logger LOG = LoggerFactory.getLogger(Reporter.class);

  private final PacketSource source;
  private final Tracer tracer;
  private final List<Worker> further;
  private final Output output;
  private final OutputStream standardError;
  private final Optional<ProgressLine> progress;
  private final AccountingLine line = new AccountingLine();

  /**
   * @param tracer of the thread that calls this
   * @param further workers beside it
   */
  Reporter(
      PacketSource source,
      Tracer tracer,
      List<Worker> further,
      Output output,
      OutputStream standardError,
      Optional<ProgressLine> progress) {
    this.source = source;
    this.tracer = tracer;
    this.further = List.copyOf(further);
    this.output = output;
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

  @Override
  public void account() {
    progress.ifPresent(ProgressLine::clear);
    List<Tracer.Counts> workers =
        Stream.concat(Stream.of(tracer.counts()), further.stream().map(Worker::counts)).toList();
    AccountingSnapshot snapshot =
        AccountingSnapshot.of(
            source.counters(),
            workers.stream().map(Tracer.Counts::connections).toList(),
            workers.stream().map(Tracer.Counts::protocol).toList(),
            output.counters(),
            workers.stream().map(Tracer.Counts::evidence).toList());
    try {
      line.write(snapshot, standardError);
    } catch (IOException e) {
      // Standard error is gone, and with it the one place to say so; a log elsewhere may have it.
      LOG.debug("accounting line", e);
    }
  }
}
