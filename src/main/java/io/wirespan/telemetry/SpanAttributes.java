// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.semconv.NetworkAttributes;
import io.opentelemetry.semconv.UrlAttributes;
import io.opentelemetry.semconv.UserAgentAttributes;
import io.wirespan.protocol.Detail;
import io.wirespan.protocol.Exchange;
import io.wirespan.tcp.Flow;

/** What a span says of its exchange: all of the table of docs/attributes.md. */
final class SpanAttributes {
  static final EncodedKey<String> PROTOCOL_NAME =
      EncodedKey.of(NetworkAttributes.NETWORK_PROTOCOL_NAME);
  static final EncodedKey<String> PROTOCOL_VERSION =
      EncodedKey.of(NetworkAttributes.NETWORK_PROTOCOL_VERSION);
  private static final EncodedKey<String> URL = EncodedKey.of(UrlAttributes.URL_FULL);
  private static final EncodedKey<String> PATH = EncodedKey.of(UrlAttributes.URL_PATH);
  private static final EncodedKey<String> QUERY = EncodedKey.of(UrlAttributes.URL_QUERY);
  private static final EncodedKey<String> USER_AGENT =
      EncodedKey.of(UserAgentAttributes.USER_AGENT_ORIGINAL);
  static final EncodedKey<Long> CLIENT_MESSAGES =
      EncodedKey.number("wirespan.websocket.client.messages");
  static final EncodedKey<Long> SERVER_MESSAGES =
      EncodedKey.number("wirespan.websocket.server.messages");
  static final EncodedKey<Long> CLOSE_CODE = EncodedKey.number("wirespan.websocket.close_code");
  static final EncodedKey<String> CLOSED_BY = EncodedKey.text("wirespan.tcp.closed_by");

  private final HttpFields fields;
  private final KindFields kinds;
  private final EndpointAttributes endpoints;
  private final MeasureAttributes measures;
  private final AttributeWriter to;

  /** Takes what {@link AttributeWriter} does, and the header fields that are exported. */
  SpanAttributes(HttpFields fields, ProtobufWriter to, int field, int lengthLimit) {
    this.fields = fields;
    this.kinds = new KindFields(to, field, lengthLimit);
    this.endpoints = new EndpointAttributes(to, field, lengthLimit);
    this.measures = new MeasureAttributes(to, field, lengthLimit);
    this.to = new AttributeWriter(to, field, lengthLimit);
  }

  /** Puts them, and with them the fields that {@link KindFields} knows. */
  void put(ReportedExchange report) {
    Exchange exchange = report.exchange();
    kinds.put(report);
    endpoints.put(report);
    if (exchange.request().seen()) {
      putUrl(report);
    }
    String agent = exchange.request().headers().first(HttpFields.USER_AGENT);
    if (!agent.isEmpty()) {
      to.put(USER_AGENT, agent);
    }
    fields.exportRequest(exchange.request().headers(), to);
    fields.exportResponse(exchange.response().headers(), to);
    measures.put(exchange);
    putDetail(exchange.detail());
  }

  private void putUrl(ReportedExchange report) {
    RequestTarget target = report.target();
    Flow flow = report.exchange().flow();
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
}
