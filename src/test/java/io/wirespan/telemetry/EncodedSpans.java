// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads with protobuf's own code what the encoder has written. */
final class EncodedSpans {
  /** Exports no header fields but those that every span has. */
  static final HttpFields NO_HEADERS =
      HttpFields.of(TestOptions.live(OutputStream.nullOutputStream()));

  private EncodedSpans() {}

  static Span span(Exchanges exchange, HttpFields fields, int lengthLimit) {
    return span(exchange.report(), new SpanEncoder(fields, lengthLimit));
  }

  static Span span(ReportedExchange report, SpanEncoder encoder) {
    ProtobufWriter written =
        encoder.encode(
            report, report.identity().parent().getTraceState(), ScopeSpans.SPANS_FIELD_NUMBER);
    try {
      List<Span> spans = ScopeSpans.parseFrom(written.toByteArray()).getSpansList();
      assertThat(spans).hasSize(1);
      assertThat(spans.getFirst().getUnknownFields().asMap()).isEmpty();
      return spans.getFirst();
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  static Map<String, Object> attributes(Span span) {
    Map<String, Object> byName = new LinkedHashMap<>();
    for (KeyValue each : span.getAttributesList()) {
      assertThat(byName.put(each.getKey(), value(each.getValue()))).isNull();
    }
    return byName;
  }

  private static Object value(AnyValue value) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> value.getStringValue();
      case INT_VALUE -> value.getIntValue();
      case DOUBLE_VALUE -> value.getDoubleValue();
      case BOOL_VALUE -> value.getBoolValue();
      case ARRAY_VALUE ->
          value.getArrayValue().getValuesList().stream().map(EncodedSpans::value).toList();
      default -> throw new AssertionError(value);
    };
  }
}
