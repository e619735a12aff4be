// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

/** One destination of a capture thread's exchanges, for that thread only. */
interface Sink {
  void accept(ReportedExchange report);

  /** {@code nowNanos} is of {@link System#nanoTime}. */
  void flushIfDue(long nowNanos);

  void flush();
}
