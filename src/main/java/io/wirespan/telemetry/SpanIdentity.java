// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.TraceId;

/**
 * The ids of an exchange, the same in every output.
 *
 * @param traceIdHigh first 8 bytes of the trace's id: the caller's if the request carried a context
 * @param traceIdLow its last 8 bytes
 * @param id the span's
 * @param parent the context that the request carried; invalid if it carried none
 */
record SpanIdentity(long traceIdHigh, long traceIdLow, long id, SpanContext parent) {

  /** 32 hexadecimal digits. */
  String traceId() {
    return parent.isValid() ? parent.getTraceId() : TraceId.fromLongs(traceIdHigh, traceIdLow);
  }

  /** 16 hexadecimal digits. */
  String spanId() {
    return SpanId.fromLong(id);
  }

  /** The caller's span; empty for the root of a trace. */
  String parentSpanId() {
    return parent.isValid() ? parent.getSpanId() : "";
  }
}
