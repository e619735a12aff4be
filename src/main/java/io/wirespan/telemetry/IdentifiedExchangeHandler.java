// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.wirespan.protocol.Exchange;

/** Receives finished exchanges with the ids that all outputs give them, on the capture thread. */
@FunctionalInterface
public interface IdentifiedExchangeHandler {
  /**
   * @param traceId 32 hexadecimal digits
   * @param spanId 16 hexadecimal digits
   */
  void onExchange(Exchange exchange, String traceId, String spanId);
}
