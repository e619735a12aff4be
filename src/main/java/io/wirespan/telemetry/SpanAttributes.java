// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static io.opentelemetry.api.common.AttributeKey.booleanKey;
import static io.opentelemetry.api.common.AttributeKey.doubleKey;
import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static io.opentelemetry.semconv.ClientAttributes.CLIENT_ADDRESS;
import static io.opentelemetry.semconv.ClientAttributes.CLIENT_PORT;
import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD_ORIGINAL;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_RESPONSE_STATUS_CODE;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_LOCAL_ADDRESS;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_LOCAL_PORT;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PEER_ADDRESS;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PEER_PORT;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PROTOCOL_NAME;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PROTOCOL_VERSION;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_TRANSPORT;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_TYPE;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_ADDRESS;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_PORT;
import static io.opentelemetry.semconv.UrlAttributes.URL_FULL;
import static io.opentelemetry.semconv.UrlAttributes.URL_PATH;
import static io.opentelemetry.semconv.UrlAttributes.URL_QUERY;
import static io.opentelemetry.semconv.UrlAttributes.URL_SCHEME;
import static io.opentelemetry.semconv.UserAgentAttributes.USER_AGENT_ORIGINAL;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.semconv.HttpAttributes.HttpRequestMethodValues;
import io.opentelemetry.semconv.NetworkAttributes.NetworkTransportValues;
import io.opentelemetry.semconv.NetworkAttributes.NetworkTypeValues;
import io.wirespan.protocol.Detail;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.MessageStats;
import io.wirespan.protocol.Request;
import io.wirespan.protocol.Response;
import io.wirespan.protocol.Timing;
import io.wirespan.tcp.Endpoint;
import io.wirespan.tcp.Flow;

/** What a span says of its exchange: the table of docs/attributes.md, top to bottom. */
final class SpanAttributes {
  static final AttributeKey<Long> REQUEST_SIZE = longKey("http.request.size");
  static final AttributeKey<Long> RESPONSE_SIZE = longKey("http.response.size");
  static final AttributeKey<Long> REQUEST_BODY_SIZE = longKey("http.request.body.size");
  static final AttributeKey<Long> RESPONSE_BODY_SIZE = longKey("http.response.body.size");
  static final AttributeKey<String> INTERFACE_NAME = stringKey("network.interface.name");
  static final AttributeKey<Long> REQUEST_PACKETS = longKey("wirespan.request.packets");
  static final AttributeKey<Long> RESPONSE_PACKETS = longKey("wirespan.response.packets");
  static final AttributeKey<Long> REQUEST_BYTES = longKey("wirespan.request.bytes");
  static final AttributeKey<Long> RESPONSE_BYTES = longKey("wirespan.response.bytes");
  static final AttributeKey<Long> RETRANSMITS = longKey("wirespan.retransmits");
  static final AttributeKey<Long> OUT_OF_ORDER = longKey("wirespan.out_of_order");
  static final AttributeKey<Double> REQUEST_ZERO_WINDOW = doubleKey("wirespan.request.zero_window");
  static final AttributeKey<Double> RESPONSE_ZERO_WINDOW =
      doubleKey("wirespan.response.zero_window");
  static final AttributeKey<Long> GAP_BYTES = longKey("wirespan.gap.bytes");
  static final AttributeKey<Double> REQUEST_TIME = doubleKey("wirespan.request");
  static final AttributeKey<Double> TTFB = doubleKey("wirespan.ttfb");
  static final AttributeKey<Double> TRANSFER = doubleKey("wirespan.transfer");
  static final AttributeKey<Double> HANDSHAKE = doubleKey("wirespan.handshake");
  static final AttributeKey<Double> HANDSHAKE_SYN = doubleKey("wirespan.handshake.syn");
  static final AttributeKey<Double> HANDSHAKE_ACK = doubleKey("wirespan.handshake.ack");
  static final AttributeKey<Long> CLIENT_MESSAGES = longKey("wirespan.websocket.client.messages");
  static final AttributeKey<Long> SERVER_MESSAGES = longKey("wirespan.websocket.server.messages");
  static final AttributeKey<Long> CLOSE_CODE = longKey("wirespan.websocket.close_code");
  static final AttributeKey<String> CLOSED_BY = stringKey("wirespan.tcp.closed_by");
  static final AttributeKey<Boolean> COMPLETE = booleanKey("wirespan.complete");
  static final AttributeKey<String> INCOMPLETE_REASON = stringKey("wirespan.incomplete.reason");

  /** Room for all of the above, so that the array need not grow. */
  private static final int USUAL_COUNT = 48;

  private SpanAttributes() {}

  static AttributeArray of(ReportedExchange report, HttpFields fields, int lengthLimit) {
    AttributeArray to = new AttributeArray(USUAL_COUNT, lengthLimit);
    Exchange exchange = report.exchange();
    putRequest(report, to);
    putResponse(exchange, to);
    putEndpoints(report, to);
    fields.exportRequest(exchange.request().headers(), to);
    fields.exportResponse(exchange.response().headers(), to);
    putSizes(exchange, to);
    putTimes(exchange.timing(), to);
    putDetail(exchange.detail(), to);
    to.put(COMPLETE, exchange.complete());
    if (!exchange.complete()) {
      to.put(INCOMPLETE_REASON, exchange.outcome().text());
    }
    return to;
  }

  private static void putRequest(ReportedExchange report, AttributeArray to) {
    Exchange exchange = report.exchange();
    Request request = exchange.request();
    String method = HttpConventions.method(request.method());
    if (request.seen()) {
      to.put(HTTP_REQUEST_METHOD, method);
      putUrl(report, to);
    }
    if (request.seen() && method.equals(HttpRequestMethodValues.OTHER)) {
      to.putText(HTTP_REQUEST_METHOD_ORIGINAL, request.method());
    }
    String agent = request.headers().first(HttpFields.USER_AGENT);
    if (!agent.isEmpty()) {
      to.putText(USER_AGENT_ORIGINAL, agent);
    }
  }

  private static void putUrl(ReportedExchange report, AttributeArray to) {
    RequestTarget target = report.target();
    Flow flow = report.exchange().flow();
    to.put(URL_SCHEME, target.scheme());
    if (flow.role() == Flow.Role.CLIENT) {
      to.putText(URL_FULL, target.url(flow.server()));
      return;
    }
    if (!target.path().isEmpty()) {
      to.putText(URL_PATH, WireText.visible(target.path()));
    }
    if (!target.query().isEmpty()) {
      to.putText(URL_QUERY, WireText.visible(target.query()));
    }
  }

  private static void putResponse(Exchange exchange, AttributeArray to) {
    Response response = exchange.response();
    if (response.seen()) {
      to.putNumber(HTTP_RESPONSE_STATUS_CODE, response.status());
    }
    String error = HttpConventions.errorType(exchange);
    if (!error.isEmpty()) {
      to.put(ERROR_TYPE, error);
    }
    String version = HttpConventions.httpVersion(exchange.protocol());
    if (!version.isEmpty()) {
      to.put(NETWORK_PROTOCOL_NAME, "http");
      to.put(NETWORK_PROTOCOL_VERSION, version);
    }
  }

  private static void putEndpoints(ReportedExchange report, AttributeArray to) {
    Flow flow = report.exchange().flow();
    Endpoint client = flow.client();
    String clientAddress = client.address();
    Endpoint server = flow.server();
    String serverAddress = server.address();
    boolean serves = flow.role() == Flow.Role.SERVER;
    to.putText(SERVER_ADDRESS, report.target().host());
    to.putNumber(SERVER_PORT, report.target().port());
    to.put(CLIENT_ADDRESS, clientAddress);
    to.putNumber(CLIENT_PORT, client.port());
    to.put(NETWORK_PEER_ADDRESS, serves ? clientAddress : serverAddress);
    to.putNumber(NETWORK_PEER_PORT, serves ? client.port() : server.port());
    to.put(NETWORK_LOCAL_ADDRESS, serves ? serverAddress : clientAddress);
    to.putNumber(NETWORK_LOCAL_PORT, serves ? server.port() : client.port());
    to.put(NETWORK_TRANSPORT, NetworkTransportValues.TCP);
    to.put(NETWORK_TYPE, server.ipv6() ? NetworkTypeValues.IPV6 : NetworkTypeValues.IPV4);
    to.put(INTERFACE_NAME, flow.capturedOn().name());
  }

  private static void putSizes(Exchange exchange, AttributeArray to) {
    MessageStats request = exchange.request().stats();
    if (exchange.request().seen()) {
      to.putNumber(REQUEST_SIZE, request.headerBytes() + request.bodyBytes());
      to.putNumber(REQUEST_BODY_SIZE, request.bodyBytes());
    }
    MessageStats response = exchange.response().stats();
    if (exchange.response().seen()) {
      to.putNumber(RESPONSE_SIZE, response.headerBytes() + response.bodyBytes());
      to.putNumber(RESPONSE_BODY_SIZE, response.bodyBytes());
    }
    to.putNumber(REQUEST_PACKETS, request.packets());
    to.putNumber(RESPONSE_PACKETS, response.packets());
    to.putNumber(REQUEST_BYTES, request.bytes());
    to.putNumber(RESPONSE_BYTES, response.bytes());
    to.putNumber(RETRANSMITS, (long) request.retransmits() + response.retransmits());
    to.putNumber(OUT_OF_ORDER, (long) request.outOfOrder() + response.outOfOrder());
    to.put(REQUEST_ZERO_WINDOW, request.zeroWindowNanos() / 1e9);
    to.put(RESPONSE_ZERO_WINDOW, response.zeroWindowNanos() / 1e9);
    to.putNumber(GAP_BYTES, exchange.gapBytes());
  }

  private static void putDetail(Detail detail, AttributeArray to) {
    switch (detail) {
      case Detail.None none -> {}
      case Detail.Grpc grpc -> RpcConventions.put(grpc, to);
      case Detail.WebSocket webSocket -> {
        to.put(NETWORK_PROTOCOL_NAME, "websocket");
        to.putNumber(CLIENT_MESSAGES, webSocket.client().messages());
        to.putNumber(SERVER_MESSAGES, webSocket.server().messages());
        if (webSocket.closeCode() != Detail.UNKNOWN) {
          to.putNumber(CLOSE_CODE, webSocket.closeCode());
        }
      }
      case Detail.TcpSession session -> {
        if (session.closedBy() != Detail.ClosedBy.NOT_SEEN) {
          to.put(CLOSED_BY, session.closedBy().text());
        }
      }
    }
  }

  private static void putTimes(Timing timing, AttributeArray to) {
    putSeconds(REQUEST_TIME, timing.requestFirst(), timing.requestLast(), to);
    putSeconds(TTFB, timing.requestLast(), timing.responseFirst(), to);
    putSeconds(TRANSFER, timing.responseFirst(), timing.responseLast(), to);
    putSeconds(HANDSHAKE, timing.syn(), timing.handshakeAck(), to);
    putSeconds(HANDSHAKE_SYN, timing.syn(), timing.synAck(), to);
    putSeconds(HANDSHAKE_ACK, timing.synAck(), timing.handshakeAck(), to);
  }

  private static void putSeconds(
      AttributeKey<Double> key, long fromNanos, long toNanos, AttributeArray to) {
    if (fromNanos != 0 && toNanos != 0) {
      to.put(key, (toNanos - fromNanos) / 1e9);
    }
  }
}
