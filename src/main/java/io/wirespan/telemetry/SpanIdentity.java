// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.api.trace.SpanContext;

/**
 * The ids of an exchange, the same in every output.
 *
 * @param traceId 32 hexadecimal digits; the caller's if the request carried a context
 * @param spanId 16 hexadecimal digits
 * @param parent the context that the request carried; invalid if it carried none
 */
record SpanIdentity(String traceId, String spanId, SpanContext parent) {

  /** The caller's span; empty for the root of a trace. */
  String parentSpanId() {
    return parent.isValid() ? parent.getSpanId() : "";
  }
}
