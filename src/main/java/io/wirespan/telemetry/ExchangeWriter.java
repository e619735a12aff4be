// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.wirespan.protocol.ExchangeHandler;

/**
 * The way of one capture thread's exchanges to the outputs. All methods are for that thread.
 *
 * <p>Nothing here waits for a collector, and nothing throws: what cannot be written is counted.
 */
public interface ExchangeWriter extends ExchangeHandler {
  /** Passes on what has waited long enough. Cheap: call it after every poll of a packet source. */
  void flushIfDue();

  /** Writes every buffered line and hands every finished span to the export thread. */
  void flush();
}
