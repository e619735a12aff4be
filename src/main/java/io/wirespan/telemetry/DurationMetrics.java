// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_RESPONSE_STATUS_CODE;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PROTOCOL_NAME;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PROTOCOL_VERSION;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_ADDRESS;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_PORT;
import static io.opentelemetry.semconv.UrlAttributes.URL_SCHEME;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.context.Context;
import io.wirespan.protocol.Exchange;
import io.wirespan.tcp.Flow;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code http.server.request.duration} and {@code http.client.request.duration}, of every exchange
 * whose end is known, sampled or not. An exchange that our capture lost sight of has no duration.
 *
 * <p>Attributes are made once for each combination of values, up to a limit: methods and error
 * types are few, but what a client calls a server is for the network to say. Beyond the limit
 * everything goes to one overflow series, as in the SDK.
 */
final class DurationMetrics {
  /** The SDK takes 1,999 of an instrument; one of them is our overflow. */
  private static final int MOST_SERIES = 1_998;

  private static final Attributes OVERFLOW =
      Attributes.of(AttributeKey.booleanKey("otel.metric.overflow"), true);

  /** The boundaries, in seconds, that the conventions recommend. */
  private static final List<Double> BOUNDARIES =
      List.of(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0);

  private record Series(
      Flow.Role role,
      String method,
      int status,
      String protocol,
      String errorType,
      String scheme,
      String host,
      int port) {
    static Series of(Exchange exchange, String errorType, RequestTarget target) {
      boolean serves = exchange.flow().role() == Flow.Role.SERVER;
      return new Series(
          exchange.flow().role(),
          HttpConventions.method(exchange.request().method()),
          exchange.response().status(),
          exchange.protocol(),
          errorType,
          target.scheme(),
          serves ? "" : target.host(),
          serves ? 0 : target.port());
    }

    /** The next exchange is often like the last: to compare costs less than to hash. */
    boolean isOf(Exchange exchange, String itsErrorType, RequestTarget target) {
      return status == exchange.response().status()
          && role == exchange.flow().role()
          && method.equals(HttpConventions.method(exchange.request().method()))
          && protocol.equals(exchange.protocol())
          && errorType.equals(itsErrorType)
          && scheme.equals(target.scheme())
          && (role == Flow.Role.SERVER || port == target.port() && host.equals(target.host()));
    }
  }

  private final DoubleHistogram server;
  private final DoubleHistogram client;
  private final Map<Series, Attributes> series = new HashMap<>();
  private Series last = new Series(Flow.Role.SERVER, "", 0, "", "", "", "", 0);
  private Attributes ofLast = OVERFLOW;

  DurationMetrics(MeterProvider provider) {
    Meter meter = provider.get("io.wirespan");
    server = histogram(meter, "http.server.request.duration", "Duration of HTTP server requests.");
    client = histogram(meter, "http.client.request.duration", "Duration of HTTP client requests.");
  }

  private static DoubleHistogram histogram(Meter meter, String name, String description) {
    return meter
        .histogramBuilder(name)
        .setUnit("s")
        .setDescription(description)
        .setExplicitBucketBoundariesAdvice(BOUNDARIES)
        .build();
  }

  void record(ReportedExchange report) {
    Exchange exchange = report.exchange();
    String errorType = HttpConventions.errorType(exchange);
    if (!exchange.request().seen() || !exchange.complete() && errorType.isEmpty()) {
      return;
    }
    RequestTarget target = report.target();
    if (!last.isOf(exchange, errorType, target)) {
      last = Series.of(exchange, errorType, target);
      ofLast = find(last);
    }
    double seconds = (exchange.timing().end() - exchange.timing().start()) / 1e9;
    boolean serves = exchange.flow().role() == Flow.Role.SERVER;
    // There is no context to look for on this thread.
    (serves ? server : client).record(seconds, ofLast, Context.root());
  }

  private Attributes find(Series key) {
    Attributes known = series.get(key);
    if (known != null) {
      return known;
    }
    if (series.size() >= MOST_SERIES) {
      return OVERFLOW;
    }
    Attributes made = make(key);
    series.put(key, made);
    return made;
  }

  private static Attributes make(Series key) {
    AttributesBuilder builder = Attributes.builder();
    builder.put(HTTP_REQUEST_METHOD, key.method());
    builder.put(URL_SCHEME, key.scheme());
    String version = HttpConventions.httpVersion(key.protocol());
    if (!version.isEmpty()) {
      builder.put(NETWORK_PROTOCOL_NAME, "http").put(NETWORK_PROTOCOL_VERSION, version);
    }
    if (key.status() != 0) {
      builder.put(HTTP_RESPONSE_STATUS_CODE, (long) key.status());
    }
    if (!key.errorType().isEmpty()) {
      builder.put(ERROR_TYPE, key.errorType());
    }
    if (key.role() == Flow.Role.CLIENT) {
      builder.put(SERVER_ADDRESS, key.host()).put(SERVER_PORT, (long) key.port());
    }
    return builder.build();
  }
}
