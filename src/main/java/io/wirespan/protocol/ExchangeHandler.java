// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

/** Receives finished exchanges, on the capture thread. */
@FunctionalInterface
public interface ExchangeHandler {
  void onExchange(Exchange exchange);
}
