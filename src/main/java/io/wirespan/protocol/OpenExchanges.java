// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

/** What follows a connection and can tell of exchanges before they end. */
public interface OpenExchanges {
  /** Tells all that are open, as they would be reported if the capture ended now. */
  void tellOpen(ExchangeHandler to);
}
