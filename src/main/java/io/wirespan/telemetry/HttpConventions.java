// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static io.opentelemetry.semconv.HttpAttributes.HttpRequestMethodValues.OTHER;

import io.opentelemetry.api.trace.SpanKind;
import io.wirespan.protocol.Detail;
import io.wirespan.protocol.Exchange;
import io.wirespan.tcp.Flow;

/**
 * The rules of the HTTP semantic conventions (1.45, stable) that spans and metrics share.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/http/http-spans/">HTTP spans</a>
 */
final class HttpConventions {
  private HttpConventions() {}

  static SpanKind kind(Exchange exchange) {
    return exchange.flow().role() == Flow.Role.SERVER ? SpanKind.SERVER : SpanKind.CLIENT;
  }

  /** The method if it is well known, else {@code _OTHER}: the set of values must stay small. */
  static String method(String method) {
    return switch (method) {
      case "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE" -> method;
      default -> OTHER;
    };
  }

  /** {@code {method}}; {@code HTTP} for a method that is not well known. */
  static String spanName(Exchange exchange) {
    String name =
        switch (exchange.detail()) {
          case Detail.None none -> "";
          case Detail.Grpc grpc -> RpcConventions.spanName(grpc);
          case Detail.WebSocket webSocket -> "WebSocket";
          case Detail.TcpSession session -> "TCP";
        };
    if (!name.isEmpty()) {
      return name;
    }
    String known = method(exchange.request().method());
    return known.equals(OTHER) ? "HTTP" : known;
  }

  /**
   * The value of {@code error.type}: the status code if it stands for an error, else why the
   * exchange failed; empty if it did not. What our capture missed is no failure of the exchange.
   */
  static String errorType(Exchange exchange) {
    int status = exchange.response().status();
    int firstError = exchange.flow().role() == Flow.Role.SERVER ? 500 : 400;
    if (status >= firstError) {
      return Integer.toString(status);
    }
    if (exchange.detail() instanceof Detail.Grpc grpc) {
      String error = RpcConventions.errorType(grpc, exchange.flow().role());
      if (!error.isEmpty() || grpc.end() == Detail.CallEnd.CANCELLED) {
        return error;
      }
    }
    return switch (exchange.outcome()) {
      case NO_RESPONSE, RESET, ABORTED, PARSE_ERROR -> exchange.outcome().text();
      case COMPLETE, NO_REQUEST, GAP, TRUNCATED, STILL_OPEN, EVICTED, JOINED -> "";
    };
  }

  /** The version in {@code "http/1.1"}; empty if the protocol is not HTTP. */
  static String httpVersion(String protocol) {
    return switch (protocol) {
      case Exchange.HTTP_1_1 -> "1.1";
      case Exchange.HTTP_1_0 -> "1.0";
      case Exchange.HTTP_2 -> "2";
      default -> protocol.startsWith("http/") ? protocol.substring("http/".length()) : "";
    };
  }
}
