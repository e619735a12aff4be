// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Headers;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Gives exchanges their ids: the caller's trace if the request names one, else a new one. */
final class TraceContext {
  private static final String TRACESTATE = "tracestate";

  private final TextMapPropagator propagator;
  private final Set<String> fields;
  private final IdSource ids;

  TraceContext(TextMapPropagator propagator, IdSource ids) {
    this.propagator = propagator;
    this.ids = ids;
    // Baggage is carried along by a trace, it does not identify one.
    this.fields =
        propagator.fields().stream()
            .map(field -> field.toLowerCase(Locale.ROOT))
            .filter(field -> !field.equals("baggage"))
            .collect(Collectors.toUnmodifiableSet());
  }

  /** The request fields that may carry a context, in lower case. */
  Set<String> fields() {
    return fields;
  }

  SpanIdentity identify(Exchange exchange) {
    SpanContext parent = parent(exchange.request().headers());
    ids.next(exchange);
    if (!parent.isValid()) {
      return new SpanIdentity(ids.traceIdHigh(), ids.traceIdLow(), ids.spanId(), parent);
    }
    String traceId = parent.getTraceId();
    return new SpanIdentity(
        HexFormat.fromHexDigitsToLong(traceId, 0, 16),
        HexFormat.fromHexDigitsToLong(traceId, 16, 32),
        ids.spanId(),
        parent);
  }

  private SpanContext parent(Headers headers) {
    if (!carriesContext(headers.fields())) {
      return SpanContext.getInvalid();
    }
    Context context = propagator.extract(Context.root(), headers, Getter.INSTANCE);
    return Span.fromContext(context).getSpanContext();
  }

  private boolean carriesContext(List<Headers.Field> kept) {
    for (int i = 0; i < kept.size(); i++) {
      if (fields.contains(kept.get(i).name())) {
        return true;
      }
    }
    return false;
  }

  private enum Getter implements TextMapGetter<Headers> {
    INSTANCE;

    @Override
    public Iterable<String> keys(Headers headers) {
      return headers.fields().stream().map(Headers.Field::name).toList();
    }

    /** Null for an absent field, as the interface wants it. */
    @Override
    public String get(Headers headers, String key) {
      String name = key.toLowerCase(Locale.ROOT);
      String value = name.equals(TRACESTATE) ? combined(headers) : headers.first(name);
      return value.isEmpty() ? null : value;
    }

    /** W3C Trace Context, section 3.3.1: there may be several of these, they form one list. */
    private static String combined(Headers headers) {
      return headers.fields().stream()
          .filter(field -> field.name().equals(TRACESTATE))
          .map(Headers.Field::value)
          .collect(Collectors.joining(","));
    }
  }
}
