// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.semconv.ErrorAttributes;
import io.opentelemetry.semconv.HttpAttributes;
import io.opentelemetry.semconv.HttpAttributes.HttpRequestMethodValues;
import io.opentelemetry.semconv.NetworkAttributes;
import io.opentelemetry.semconv.ServerAttributes;
import io.opentelemetry.semconv.UrlAttributes;
import io.opentelemetry.semconv.UserAgentAttributes;
import io.wirespan.protocol.Detail;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.MessageStats;
import io.wirespan.protocol.Request;
import io.wirespan.protocol.Response;
import io.wirespan.protocol.Timing;
import io.wirespan.tcp.Flow;

/** What a span says of its exchange: the table of docs/attributes.md, top to bottom. */
final class SpanAttributes {
  private static final EncodedKey<String> METHOD =
      EncodedKey.of(HttpAttributes.HTTP_REQUEST_METHOD);
  private static final EncodedKey<String> METHOD_ORIGINAL =
      EncodedKey.of(HttpAttributes.HTTP_REQUEST_METHOD_ORIGINAL);
  private static final EncodedKey<String> SCHEME = EncodedKey.of(UrlAttributes.URL_SCHEME);
  private static final EncodedKey<String> URL = EncodedKey.of(UrlAttributes.URL_FULL);
  private static final EncodedKey<String> PATH = EncodedKey.of(UrlAttributes.URL_PATH);
  private static final EncodedKey<String> QUERY = EncodedKey.of(UrlAttributes.URL_QUERY);
  private static final EncodedKey<String> USER_AGENT =
      EncodedKey.of(UserAgentAttributes.USER_AGENT_ORIGINAL);
  private static final EncodedKey<Long> STATUS_CODE =
      EncodedKey.of(HttpAttributes.HTTP_RESPONSE_STATUS_CODE);
  private static final EncodedKey<String> ERROR_TYPE = EncodedKey.of(ErrorAttributes.ERROR_TYPE);
  private static final EncodedKey<String> PROTOCOL_NAME =
      EncodedKey.of(NetworkAttributes.NETWORK_PROTOCOL_NAME);
  private static final EncodedKey<String> PROTOCOL_VERSION =
      EncodedKey.of(NetworkAttributes.NETWORK_PROTOCOL_VERSION);
  private static final EncodedKey<String> SERVER_ADDRESS =
      EncodedKey.of(ServerAttributes.SERVER_ADDRESS);
  private static final EncodedKey<Long> SERVER_PORT = EncodedKey.of(ServerAttributes.SERVER_PORT);
  static final EncodedKey<Long> REQUEST_SIZE = EncodedKey.number("http.request.size");
  static final EncodedKey<Long> RESPONSE_SIZE = EncodedKey.number("http.response.size");
  static final EncodedKey<Long> REQUEST_BODY_SIZE = EncodedKey.number("http.request.body.size");
  static final EncodedKey<Long> RESPONSE_BODY_SIZE = EncodedKey.number("http.response.body.size");
  static final EncodedKey<Long> REQUEST_PACKETS = EncodedKey.number("wirespan.request.packets");
  static final EncodedKey<Long> RESPONSE_PACKETS = EncodedKey.number("wirespan.response.packets");
  static final EncodedKey<Long> REQUEST_BYTES = EncodedKey.number("wirespan.request.bytes");
  static final EncodedKey<Long> RESPONSE_BYTES = EncodedKey.number("wirespan.response.bytes");
  static final EncodedKey<Long> RETRANSMITS = EncodedKey.number("wirespan.retransmits");
  static final EncodedKey<Long> OUT_OF_ORDER = EncodedKey.number("wirespan.out_of_order");
  static final EncodedKey<Double> REQUEST_ZERO_WINDOW =
      EncodedKey.fraction("wirespan.request.zero_window");
  static final EncodedKey<Double> RESPONSE_ZERO_WINDOW =
      EncodedKey.fraction("wirespan.response.zero_window");
  static final EncodedKey<Long> GAP_BYTES = EncodedKey.number("wirespan.gap.bytes");
  static final EncodedKey<Double> REQUEST_TIME = EncodedKey.fraction("wirespan.request");
  static final EncodedKey<Double> TTFB = EncodedKey.fraction("wirespan.ttfb");
  static final EncodedKey<Double> TRANSFER = EncodedKey.fraction("wirespan.transfer");
  static final EncodedKey<Double> HANDSHAKE = EncodedKey.fraction("wirespan.handshake");
  static final EncodedKey<Double> HANDSHAKE_SYN = EncodedKey.fraction("wirespan.handshake.syn");
  static final EncodedKey<Double> HANDSHAKE_ACK = EncodedKey.fraction("wirespan.handshake.ack");
  static final EncodedKey<Long> CLIENT_MESSAGES =
      EncodedKey.number("wirespan.websocket.client.messages");
  static final EncodedKey<Long> SERVER_MESSAGES =
      EncodedKey.number("wirespan.websocket.server.messages");
  static final EncodedKey<Long> CLOSE_CODE = EncodedKey.number("wirespan.websocket.close_code");
  static final EncodedKey<String> CLOSED_BY = EncodedKey.text("wirespan.tcp.closed_by");
  static final EncodedKey<Boolean> COMPLETE = EncodedKey.flag("wirespan.complete");
  static final EncodedKey<String> INCOMPLETE_REASON = EncodedKey.text("wirespan.incomplete.reason");

  private final HttpFields fields;
  private final EndpointAttributes endpoints;
  private final AttributeWriter to;

  /** Takes what {@link AttributeWriter} does, and the header fields that are exported. */
  SpanAttributes(HttpFields fields, ProtobufWriter to, int field, int lengthLimit) {
    this.fields = fields;
    this.endpoints = new EndpointAttributes(to, field, lengthLimit);
    this.to = new AttributeWriter(to, field, lengthLimit);
  }

  void put(ReportedExchange report) {
    Exchange exchange = report.exchange();
    putRequest(report);
    putResponse(exchange);
    to.put(SERVER_ADDRESS, report.target().host());
    to.put(SERVER_PORT, report.target().port());
    endpoints.put(exchange.flow());
    fields.exportRequest(exchange.request().headers(), to);
    fields.exportResponse(exchange.response().headers(), to);
    putSizes(exchange);
    putTimes(exchange.timing());
    putDetail(exchange.detail());
    to.put(COMPLETE, exchange.complete());
    if (!exchange.complete()) {
      to.put(INCOMPLETE_REASON, exchange.outcome().text());
    }
  }

  private void putRequest(ReportedExchange report) {
    Exchange exchange = report.exchange();
    Request request = exchange.request();
    String method = HttpConventions.method(request.method());
    if (request.seen()) {
      to.put(METHOD, method);
      putUrl(report);
    }
    if (request.seen() && method.equals(HttpRequestMethodValues.OTHER)) {
      to.put(METHOD_ORIGINAL, request.method());
    }
    String agent = request.headers().first(HttpFields.USER_AGENT);
    if (!agent.isEmpty()) {
      to.put(USER_AGENT, agent);
    }
  }

  private void putUrl(ReportedExchange report) {
    RequestTarget target = report.target();
    Flow flow = report.exchange().flow();
    to.put(SCHEME, target.scheme());
    if (flow.role() == Flow.Role.CLIENT) {
      to.put(URL, target.url(flow.server()));
      return;
    }
    if (!target.path().isEmpty()) {
      to.put(PATH, WireText.visible(target.path()));
    }
    if (!target.query().isEmpty()) {
      to.put(QUERY, WireText.visible(target.query()));
    }
  }

  private void putResponse(Exchange exchange) {
    Response response = exchange.response();
    if (response.seen()) {
      to.put(STATUS_CODE, response.status());
    }
    String error = HttpConventions.errorType(exchange);
    if (!error.isEmpty()) {
      to.put(ERROR_TYPE, error);
    }
    String version = HttpConventions.httpVersion(exchange.protocol());
    if (!version.isEmpty()) {
      to.put(PROTOCOL_NAME, "http");
      to.put(PROTOCOL_VERSION, version);
    }
  }

  private void putSizes(Exchange exchange) {
    MessageStats request = exchange.request().stats();
    if (exchange.request().seen()) {
      to.put(REQUEST_SIZE, request.headerBytes() + request.bodyBytes());
      to.put(REQUEST_BODY_SIZE, request.bodyBytes());
    }
    MessageStats response = exchange.response().stats();
    if (exchange.response().seen()) {
      to.put(RESPONSE_SIZE, response.headerBytes() + response.bodyBytes());
      to.put(RESPONSE_BODY_SIZE, response.bodyBytes());
    }
    to.put(REQUEST_PACKETS, request.packets());
    to.put(RESPONSE_PACKETS, response.packets());
    to.put(REQUEST_BYTES, request.bytes());
    to.put(RESPONSE_BYTES, response.bytes());
    to.put(RETRANSMITS, (long) request.retransmits() + response.retransmits());
    to.put(OUT_OF_ORDER, (long) request.outOfOrder() + response.outOfOrder());
    to.put(REQUEST_ZERO_WINDOW, request.zeroWindowNanos() / 1e9);
    to.put(RESPONSE_ZERO_WINDOW, response.zeroWindowNanos() / 1e9);
    to.put(GAP_BYTES, exchange.gapBytes());
  }

  private void putDetail(Detail detail) {
    switch (detail) {
      case Detail.None none -> {}
      case Detail.Grpc grpc -> RpcConventions.put(grpc, to);
      case Detail.WebSocket webSocket -> {
        to.put(PROTOCOL_NAME, "websocket");
        to.put(CLIENT_MESSAGES, webSocket.client().messages());
        to.put(SERVER_MESSAGES, webSocket.server().messages());
        if (webSocket.closeCode() != Detail.UNKNOWN) {
          to.put(CLOSE_CODE, webSocket.closeCode());
        }
      }
      case Detail.TcpSession session -> {
        if (session.closedBy() != Detail.ClosedBy.NOT_SEEN) {
          to.put(CLOSED_BY, session.closedBy().text());
        }
      }
    }
  }

  private void putTimes(Timing timing) {
    putSeconds(REQUEST_TIME, timing.requestFirst(), timing.requestLast());
    putSeconds(TTFB, timing.requestLast(), timing.responseFirst());
    putSeconds(TRANSFER, timing.responseFirst(), timing.responseLast());
    putSeconds(HANDSHAKE, timing.syn(), timing.handshakeAck());
    putSeconds(HANDSHAKE_SYN, timing.syn(), timing.synAck());
    putSeconds(HANDSHAKE_ACK, timing.synAck(), timing.handshakeAck());
  }

  private void putSeconds(EncodedKey<Double> key, long fromNanos, long toNanos) {
    if (fromNanos != 0 && toNanos != 0) {
      to.put(key, (toNanos - fromNanos) / 1e9);
    }
  }
}
