// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.wirespan.protocol.Exchange;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Gives exchanges their identity and hands them to every sink. */
final class SinkWriter implements ExchangeWriter {
  private final LineBuffer lines;
  private final List<Sink> sinks;
  private final Optional<OtlpOutput> otlp;
  private final TraceContext traceContext;
  private final Authority.Cache authorities = new Authority.Cache();

  /**
   * @param lines what the sinks write to, if any of them writes lines
   * @param sinks all of them, {@code otlp} included
   */
  SinkWriter(
      LineBuffer lines, List<Sink> sinks, Optional<OtlpOutput> otlp, TraceContext traceContext) {
    this.lines = lines;
    this.sinks = List.copyOf(sinks);
    this.otlp = otlp;
    this.traceContext = traceContext;
  }

  @Override
  public void onExchange(Exchange exchange) {
    if (sinks.isEmpty()) {
      return;
    }
    ReportedExchange report =
        new ReportedExchange(
            exchange,
            RequestTarget.of(exchange, authorities.of(exchange)),
            traceContext.identify(exchange));
    for (int i = 0; i < sinks.size(); i++) {
      sinks.get(i).accept(report);
    }
  }

  @Override
  public void flushIfDue() {
    if (sinks.isEmpty()) {
      return;
    }
    long now = System.nanoTime();
    for (int i = 0; i < sinks.size(); i++) {
      sinks.get(i).flushIfDue(now);
    }
  }

  @Override
  public void flush() {
    sinks.forEach(Sink::flush);
  }

  /** Lines written, for any thread; and so on. */
  long written() {
    return lines.written();
  }

  long lost() {
    return lines.lost();
  }

  long notSampled() {
    return otlp.map(OtlpOutput::notSampled).orElse(0L);
  }

  /** The request fields that may carry a trace context. */
  Set<String> contextFields() {
    return traceContext.fields();
  }

  /** Whether there is nothing to write to. */
  boolean isEmpty() {
    return sinks.isEmpty();
  }
}
