// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

/** A handler from outside this room, as a sink. */
final class HandlerSink implements Sink {
  private final IdentifiedExchangeHandler handler;

  HandlerSink(IdentifiedExchangeHandler handler) {
    this.handler = handler;
  }

  @Override
  public void accept(ReportedExchange report) {
    SpanIdentity identity = report.identity();
    handler.onExchange(report.exchange(), identity.traceId(), identity.spanId());
  }

  @Override
  public void flushIfDue(long nowNanos) {}

  @Override
  public void flush() {}
}
