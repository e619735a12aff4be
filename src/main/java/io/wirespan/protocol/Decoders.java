// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import io.wirespan.protocol.http1.Http1Protocol;
import io.wirespan.protocol.http2.Http2Protocol;

/** What a connection may turn out to carry, and where its exchanges go. */
record Decoders(
    Http1Protocol http1, Http2Protocol http2, ExchangeHandler handler, ProtocolCounters counters) {

  void emit(Exchange exchange) {
    counters.countExchange(exchange.outcome());
    handler.onExchange(exchange);
  }
}
