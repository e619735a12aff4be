// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.semconv.ErrorAttributes;
import io.opentelemetry.semconv.RpcAttributes;
import io.wirespan.protocol.Detail;
import io.wirespan.protocol.Detail.CallEnd;
import io.wirespan.protocol.Outcome;
import io.wirespan.tcp.CloseReason;
import java.io.ByteArrayOutputStream;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** gRPC calls, WebSocket connections and TCP sessions, in every output. */
class DetailOutputTest {
  private static final Detail WEB_SOCKET =
      new Detail.WebSocket(
          new Detail.WebSocketSide(3, 1, 5), new Detail.WebSocketSide(4, 2, 70_000), 1001);
  private static final Detail TCP =
      new Detail.TcpSession(CloseReason.FINISHED, Detail.ClosedBy.SERVER);

  private static Exchanges grpc(int status) {
    return grpc(status, Detail.UNKNOWN, CallEnd.STATUS);
  }

  private static Exchanges grpc(int status, long timeoutNanos, CallEnd end) {
    return Exchanges.exchange()
        .protocol("http/2")
        .request("POST", "/shop.Cart/Add")
        .detail(new Detail.Grpc("shop.Cart", "Add", status, 2, Detail.UNKNOWN, timeoutNanos, end));
  }

  private static Exchanges record(String protocol, Detail detail) {
    return Exchanges.exchange()
        .withoutRequest()
        .status(0, "")
        .protocol(protocol)
        .outcome(Outcome.COMPLETE)
        .detail(detail);
  }

  private static String json(Exchanges exchange) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    JsonOutput json = new JsonOutput(new LineBuffer(out));
    json.accept(exchange.report());
    json.flush();
    return out.toString(UTF_8);
  }

  private static String console(Exchanges exchange) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ConsoleOutput console =
        new ConsoleOutput(new LineBuffer(out), Terminal.NONE, false, ZoneOffset.UTC);
    console.accept(exchange.report());
    console.flush();
    return out.toString(UTF_8);
  }

  private static Map<String, Object> attributes(Exchanges exchange) {
    return EncodedSpans.attributes(
        EncodedSpans.span(exchange, EncodedSpans.NO_HEADERS, Integer.MAX_VALUE));
  }

  @Test
  void shouldWriteJson() {
    assertThat(json(grpc(14)))
        .endsWith(
            """
            "grpc":{"service":"shop.Cart","method":"Add","status":14,"request_messages":2,\
            "response_messages":null,"timeout_us":null,"end":"status"},\
            "websocket":null,"tcp":null}
            """);
    assertThat(json(grpc(Detail.UNKNOWN, 1_500_000_250L, CallEnd.DEADLINE)))
        .contains("\"status\":null,\"request_messages\":2,")
        .contains(",\"timeout_us\":1500000.250,\"end\":\"deadline\"},");
    assertThat(json(record("websocket", WEB_SOCKET)))
        .contains("\"protocol\":\"websocket\"", "\"method\":null", "\"status\":null")
        .endsWith(
            """
            "grpc":null,"websocket":{"client":{"frames":3,"messages":1,"bytes":5},\
            "server":{"frames":4,"messages":2,"bytes":70000},"close_code":1001},"tcp":null}
            """);
    assertThat(json(record("tcp", TCP)))
        .endsWith(
            """
            "grpc":null,"websocket":null,"tcp":{"close":"finished","closed_by":"server"}}
            """);
  }

  @Test
  void shouldWriteTheConsole() {
    assertThat(console(grpc(14))).contains(" POST ", " 200 grpc:14 ");
    assertThat(console(grpc(0))).contains(" 200 ").doesNotContain("grpc");
    assertThat(console(record("websocket", WEB_SOCKET))).contains(" WS ");
    assertThat(console(record("tcp", TCP))).contains(" TCP ");
  }

  @Test
  void shouldGiveAttributes() {
    Map<String, Object> call = attributes(grpc(14));
    assertThat(call.get(RpcAttributes.RPC_SYSTEM_NAME.getKey())).isEqualTo("grpc");
    assertThat(call.get(RpcAttributes.RPC_METHOD.getKey())).isEqualTo("shop.Cart/Add");
    assertThat(call.get(RpcAttributes.RPC_STATUS_CODE.getKey())).isEqualTo("UNAVAILABLE");
    assertThat(call.get(RpcConventions.TIMEOUT.key().getKey())).isNull();
    assertThat(call.get(RpcConventions.REQUEST_MESSAGES.key().getKey())).isEqualTo(2L);
    assertThat(call.get(RpcConventions.RESPONSE_MESSAGES.key().getKey())).isNull();
    Map<String, Object> socket = attributes(record("websocket", WEB_SOCKET));
    assertThat(socket.get(SpanAttributes.SERVER_MESSAGES.key().getKey())).isEqualTo(2L);
    assertThat(socket.get(SpanAttributes.CLOSE_CODE.key().getKey())).isEqualTo(1001L);
    assertThat(attributes(record("tcp", TCP)).get(SpanAttributes.CLOSED_BY.key().getKey()))
        .isEqualTo("server");
  }

  @Test
  void shouldGiveACallThatWasGivenUpTheStatusOfItsLibrary() {
    Map<String, Object> late =
        attributes(grpc(Detail.UNKNOWN, 250_000_000, CallEnd.DEADLINE).outcome(Outcome.RESET));
    assertThat(late.get(RpcAttributes.RPC_STATUS_CODE.getKey())).isEqualTo("DEADLINE_EXCEEDED");
    assertThat(late.get(ErrorAttributes.ERROR_TYPE.getKey())).isEqualTo("DEADLINE_EXCEEDED");
    assertThat(late.get(RpcConventions.TIMEOUT.key().getKey())).isEqualTo(0.25);
    Exchanges cancelled =
        grpc(Detail.UNKNOWN, Detail.UNKNOWN, CallEnd.CANCELLED).outcome(Outcome.RESET);
    assertThat(attributes(cancelled).get(RpcAttributes.RPC_STATUS_CODE.getKey()))
        .isEqualTo("CANCELLED");
    assertThat(attributes(cancelled).get(ErrorAttributes.ERROR_TYPE.getKey())).isNull();
    assertThat(attributes(cancelled.calling()).get(ErrorAttributes.ERROR_TYPE.getKey()))
        .isEqualTo("CANCELLED");
    assertThat(
            attributes(grpc(Detail.UNKNOWN, Detail.UNKNOWN, CallEnd.UNKNOWN).outcome(Outcome.RESET))
                .get(ErrorAttributes.ERROR_TYPE.getKey()))
        .isEqualTo("reset");
  }

  @Test
  void shouldNameSpans() {
    assertThat(HttpConventions.spanName(grpc(0).build())).isEqualTo("shop.Cart/Add");
    assertThat(HttpConventions.spanName(record("websocket", WEB_SOCKET).build()))
        .isEqualTo("WebSocket");
    assertThat(HttpConventions.spanName(record("tcp", TCP).build())).isEqualTo("TCP");
  }

  @ParameterizedTest
  @CsvSource({
    "0, '', ''",
    "-1, '', ''",
    "1, '', CANCELLED",
    "2, UNKNOWN, UNKNOWN",
    "4, DEADLINE_EXCEEDED, DEADLINE_EXCEEDED",
    "5, '', NOT_FOUND",
    "12, UNIMPLEMENTED, UNIMPLEMENTED",
    "13, INTERNAL, INTERNAL",
    "14, UNAVAILABLE, UNAVAILABLE",
    "15, DATA_LOSS, DATA_LOSS",
    "16, '', UNAUTHENTICATED",
    "99, '', 99",
  })
  void shouldTellErrorsByRole(int status, String server, String client) {
    assertThat(HttpConventions.errorType(grpc(status).build())).isEqualTo(server);
    assertThat(HttpConventions.errorType(grpc(status).calling().build())).isEqualTo(client);
  }
}
