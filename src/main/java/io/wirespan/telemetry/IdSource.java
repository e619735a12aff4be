// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.wirespan.protocol.Exchange;

/** Where the ids of new traces and spans come from: call {@link #next}, then read all three. */
interface IdSource {
  void next(Exchange exchange);

  long traceIdHigh();

  long traceIdLow();

  long spanId();
}
