// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.semconv.ErrorAttributes;
import io.opentelemetry.semconv.HttpAttributes;
import io.opentelemetry.semconv.HttpAttributes.HttpRequestMethodValues;
import io.opentelemetry.semconv.UrlAttributes;
import io.wirespan.protocol.Detail;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Outcome;
import io.wirespan.tcp.Flow;

/**
 * The fields of a span that follow from what kind of exchange it is: name, kind, status, and the
 * attributes of method, scheme, status code, error and protocol. There are few combinations: they
 * are written once for each, and copied as long as their place is not taken by another.
 */
final class KindFields {
  private static final EncodedKey<String> METHOD =
      EncodedKey.of(HttpAttributes.HTTP_REQUEST_METHOD);
  private static final EncodedKey<String> METHOD_ORIGINAL =
      EncodedKey.of(HttpAttributes.HTTP_REQUEST_METHOD_ORIGINAL);
  private static final EncodedKey<String> SCHEME = EncodedKey.of(UrlAttributes.URL_SCHEME);
  private static final EncodedKey<Long> STATUS_CODE =
      EncodedKey.of(HttpAttributes.HTTP_RESPONSE_STATUS_CODE);
  private static final EncodedKey<String> ERROR_TYPE = EncodedKey.of(ErrorAttributes.ERROR_TYPE);

  // Fields of message Span.
  private static final int NAME = 5;
  private static final int KIND = 6;
  private static final int STATUS = 15;

  private static final int KIND_SERVER = 2;
  private static final int KIND_CLIENT = 3;

  /** Message Status with code (field 3) STATUS_CODE_ERROR; no description: error.type says all. */
  private static final byte[] ERROR_STATUS = {
    ProtobufWriter.tag(STATUS, ProtobufWriter.LENGTH_DELIMITED),
    2,
    ProtobufWriter.tag(3, ProtobufWriter.VARINT),
    2
  };

  /** A power of two. */
  private static final int PLACES = 64;

  private static final int USUAL_BYTES = 256;

  /** What was written for exchanges without a detail, by all that it depends on. */
  private record Written(
      Flow.Role role,
      String method,
      String scheme,
      int status,
      String protocol,
      Outcome outcome,
      byte[] bytes) {
    private boolean isFor(Exchange exchange, String itsScheme) {
      return status == exchange.response().status()
          && outcome == exchange.outcome()
          && role == exchange.flow().role()
          && method.equals(exchange.request().method())
          && scheme.equals(itsScheme)
          && protocol.equals(exchange.protocol());
    }
  }

  private final Written[] places = new Written[PLACES];
  private final ProtobufWriter writer = new ProtobufWriter(USUAL_BYTES);
  private final AttributeWriter attributes;
  private final ProtobufWriter to;

  /** Takes what {@link AttributeWriter} does. */
  KindFields(ProtobufWriter to, int field, int lengthLimit) {
    this.to = to;
    this.attributes = new AttributeWriter(writer, field, lengthLimit);
  }

  void put(ReportedExchange report) {
    Exchange exchange = report.exchange();
    String scheme = report.target().scheme();
    if (!(exchange.detail() instanceof Detail.None)) {
      // The name and the error of a call are its own.
      write(exchange, scheme);
      to.raw(writer.array(), writer.length());
      return;
    }
    int place = placeOf(exchange);
    Written written = places[place];
    if (written == null || !written.isFor(exchange, scheme)) {
      written = remember(exchange, scheme);
      places[place] = written;
    }
    to.raw(written.bytes(), written.bytes().length);
  }

  private static int placeOf(Exchange exchange) {
    int mixed = exchange.request().method().hashCode() * 31 + exchange.response().status();
    return (mixed * 31 + exchange.outcome().ordinal()) & PLACES - 1;
  }

  private Written remember(Exchange exchange, String scheme) {
    write(exchange, scheme);
    return new Written(
        exchange.flow().role(),
        exchange.request().method(),
        scheme,
        exchange.response().status(),
        exchange.protocol(),
        exchange.outcome(),
        writer.toByteArray());
  }

  private void write(Exchange exchange, String scheme) {
    writer.clear();
    boolean serves = exchange.flow().role() == Flow.Role.SERVER;
    writer.text(NAME, HttpConventions.spanName(exchange));
    writer.varint(KIND, serves ? KIND_SERVER : KIND_CLIENT);
    if (exchange.request().seen()) {
      String method = HttpConventions.method(exchange.request().method());
      attributes.put(METHOD, method);
      attributes.put(SCHEME, scheme);
      if (method.equals(HttpRequestMethodValues.OTHER)) {
        attributes.put(METHOD_ORIGINAL, exchange.request().method());
      }
    }
    if (exchange.response().seen()) {
      attributes.put(STATUS_CODE, exchange.response().status());
    }
    String version = HttpConventions.httpVersion(exchange.protocol());
    if (!version.isEmpty()) {
      attributes.put(SpanAttributes.PROTOCOL_NAME, "http");
      attributes.put(SpanAttributes.PROTOCOL_VERSION, version);
    }
    String error = HttpConventions.errorType(exchange);
    if (!error.isEmpty()) {
      attributes.put(ERROR_TYPE, error);
      writer.raw(ERROR_STATUS, ERROR_STATUS.length);
    }
  }
}
