// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.semconv.HttpAttributes;
import io.wirespan.protocol.Interim;
import io.wirespan.protocol.Timing;
import java.util.HexFormat;
import java.util.List;

/**
 * Writes exchanges as the spans of OTLP. For one thread.
 *
 * <p>The SDK's exporter makes an object of each attribute, goes over them to know the size of the
 * span, and over them again to write it. Here a span is written once, when its exchange is reported
 * and still in the CPU's cache, and nothing of it is kept but its bytes.
 *
 * @see <a
 *     href="https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto">trace.proto</a>
 */
final class SpanEncoder {
  // Fields of message Span, with those of KindFields; flags, whose number takes a tag of two bytes,
  // is written by hand.
  private static final int TRACE_ID = 1;
  private static final int SPAN_ID = 2;
  private static final int TRACE_STATE = 3;
  private static final int PARENT_SPAN_ID = 4;
  private static final int START_TIME_UNIX_NANO = 7;
  private static final int END_TIME_UNIX_NANO = 8;
  private static final int ATTRIBUTES = 9;
  private static final int EVENTS = 11;
  private static final int FLAGS = 16;

  /** W3C trace flag "sampled", and SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK. */
  private static final int FLAGS_OF_ROOT = 0x101;

  /** And SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK. */
  private static final int FLAGS_OF_CHILD = 0x301;

  private static final int EVENT_TIME_UNIX_NANO = 1;
  private static final int EVENT_NAME = 2;
  private static final int EVENT_ATTRIBUTES = 3;
  private static final EncodedKey<Long> STATUS_CODE =
      EncodedKey.of(HttpAttributes.HTTP_RESPONSE_STATUS_CODE);

  private static final int USUAL_SPAN_BYTES = 2_048;
  private static final int USUAL_EVENT_BYTES = 128;

  private final ProtobufWriter span = new ProtobufWriter(USUAL_SPAN_BYTES);
  private final ProtobufWriter event = new ProtobufWriter(USUAL_EVENT_BYTES);
  private final SpanAttributes attributes;
  private final AttributeWriter eventAttributes;

  /**
   * @param lengthLimit longest text of an attribute, in characters
   */
  SpanEncoder(HttpFields fields, int lengthLimit) {
    this.attributes = new SpanAttributes(fields, span, ATTRIBUTES, lengthLimit);
    this.eventAttributes = new AttributeWriter(event, EVENT_ATTRIBUTES, lengthLimit);
  }

  /**
   * Writes a sampled span.
   *
   * @param field number of the field that holds spans in the message that this is for
   * @return the field; valid until the next one
   */
  ProtobufWriter encode(ReportedExchange report, TraceState state, int field) {
    span.beginMessage();
    putIdentity(report.identity(), state);
    Timing timing = report.exchange().timing();
    span.fixed64(START_TIME_UNIX_NANO, timing.start());
    span.fixed64(END_TIME_UNIX_NANO, timing.end());
    attributes.put(report);
    putEvents(timing.interims());
    span.endMessage(field);
    return span;
  }

  private void putIdentity(SpanIdentity identity, TraceState state) {
    span.bytes(TRACE_ID, identity.traceIdHigh(), identity.traceIdLow());
    span.bytes(SPAN_ID, identity.id());
    if (!state.isEmpty()) {
      span.text(TRACE_STATE, text(state));
    }
    SpanContext parent = identity.parent();
    if (parent.isValid()) {
      span.bytes(PARENT_SPAN_ID, HexFormat.fromHexDigitsToLong(parent.getSpanId()));
    }
    span.rawVarint(FLAGS << 3 | ProtobufWriter.FIXED32);
    span.rawFixed32(parent.isValid() ? FLAGS_OF_CHILD : FLAGS_OF_ROOT);
  }

  /** W3C Trace Context, section 3.3.1. */
  private static String text(TraceState state) {
    StringBuilder text = new StringBuilder();
    state.forEach(
        (key, value) ->
            text.append(text.isEmpty() ? "" : ",").append(key).append('=').append(value));
    return text.toString();
  }

  private void putEvents(List<Interim> interims) {
    for (int i = 0; i < interims.size(); i++) {
      event.clear();
      event.fixed64(EVENT_TIME_UNIX_NANO, interims.get(i).epochNanos());
      event.text(EVENT_NAME, "http.interim_response");
      eventAttributes.put(STATUS_CODE, interims.get(i).status());
      span.message(EVENTS, event);
    }
  }
}
