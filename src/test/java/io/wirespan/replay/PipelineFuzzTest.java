// SPDX-License-Identifier: Apache-2.0
package io.wirespan.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.capture.Captures;
import io.wirespan.capture.SetupException;
import io.wirespan.protocol.Exchange;
import io.wirespan.tcp.TcpConversation;
import io.wirespan.telemetry.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as a capture, through everything: each exchange is one line, the same each time. */
public final class PipelineFuzzTest {
  public static List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>();
    seeds.add(
        capture(
            tcp ->
                tcp.handshake()
                    .clientSends(
                        "GET /\u00e9\" HTTP/1.1\r\nHost: a\\b\r\nUser-Agent: \u0007\r\n\r\n")
                    .serverSends("HTTP/1.1 200 \u00dcK\r\nContent-Length: 3\r\n\r\nabc")
                    .clientFin()
                    .serverFin()));
    seeds.add(
        capture(
            tcp ->
                tcp.clientSends("PUT /2 HTTP/1.0\r\nContent-Length: 30\r\nX-Request-Id: 7\r\n\r\n")
                    .clientSends("thirty bytes")
                    .clientLoses(18)
                    .serverSends("HTTP/1.0 500 No\r\nX-B3-TraceId: 1\r\n\r\n")
                    .serverResets()));
    seeds.add(
        capture(
            tcp ->
                tcp.handshake()
                    .clientSends("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n")
                    .serverSends("HTTP/1.1 204 N\r\n\r\nHTTP/1.1 200\r\nTransfer-Encoding: chunked")
                    .server(70, 16, "\r\n0\r\n\r\n".getBytes())
                    .serverSends("\r\n\r\n3\r\n")));
    return List.copyOf(seeds);
  }

  private static byte[] capture(Consumer<TcpConversation> script) {
    return Captures.pcapng(handler -> script.accept(new TcpConversation(handler)));
  }

  static List<byte[]> inputs() {
    return Mutations.of(seeds());
  }

  @ParameterizedTest
  @MethodSource("inputs")
  void shouldReplayAnyBytes(byte[] capture) {
    fuzzerTestOneInput(capture);
  }

  public static void fuzzerTestOneInput(byte[] capture) {
    try {
      Replay replay = Replay.of(capture);
      List<String> lines = replay.lines();
      for (int i = 0; i < lines.size(); i++) {
        check(Json.object(lines.get(i)), replay.exchanges().get(i));
      }
      assertThat(Replay.of(capture).json()).isEqualTo(replay.json());
    } catch (SetupException | IOException e) {
      assertThat(e.getMessage()).startsWith("cannot read capture: ");
    }
  }

  private static void check(Map<String, Object> line, Exchange exchange) {
    String method = (String) line.get("method");
    assertThat(method == null ? "" : method).isEqualTo(exchange.request().method());
    assertThat(line.get("complete")).isEqualTo(exchange.complete());
    Object incomplete = exchange.complete() ? null : exchange.outcome().text();
    assertThat(line.get("incomplete")).isEqualTo(incomplete);
    Object status = exchange.response().seen() ? (long) exchange.response().status() : null;
    assertThat(line.get("status")).isEqualTo(status);
    assertThat(((Number) line.get("duration_us")).doubleValue()).isNotNegative();
  }
}
