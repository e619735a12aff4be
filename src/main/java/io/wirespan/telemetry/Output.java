// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.wirespan.protocol.ExchangeHandler;

/**
 * Where finished exchanges go. All methods are for the capture thread, except {@link #counters},
 * which any thread may call.
 *
 * <p>Nothing here waits for a collector, and nothing throws: what cannot be written is counted.
 */
public interface Output extends ExchangeHandler, AutoCloseable {
  /** Passes on what has waited long enough. Cheap: call it after every poll of a packet source. */
  void flushIfDue();

  /** Writes every buffered line and hands every finished span to the export thread. */
  void flush();

  /** Whether standard output broke (closed pipe, full disk), so that going on is of no use. */
  boolean failed();

  OutputCounters counters();

  /** Flushes, waits a bounded time for the collector, and lets go of every thread. */
  @Override
  void close();
}
