// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

/**
 * Where finished exchanges go. Its methods are for the thread that opened it, except {@link
 * #failed} and {@link #counters}, which any thread may call.
 */
public interface Output extends ExchangeWriter, AutoCloseable {
  /** Whether standard output broke (closed pipe, full disk), so that going on is of no use. */
  boolean failed();

  OutputCounters counters();

  /** Flushes, waits a bounded time for the collector, and lets go of every thread. */
  @Override
  void close();
}
