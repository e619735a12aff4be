// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Interim;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.Timing;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JsonOutputTest {
  private static String line(Exchanges exchange) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    JsonOutput json = new JsonOutput(new LineBuffer(out));
    json.accept(exchange.report());
    json.flush();
    return out.toString(UTF_8);
  }

  private static String line(Exchange exchange, JsonOutput json, ByteArrayOutputStream out) {
    out.reset();
    json.accept(SpanEncoderTest.report(exchange));
    json.flush();
    return out.toString(UTF_8);
  }

  @Test
  void shouldWriteTheSameWhateverItHasWrittenBefore() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    JsonOutput used = new JsonOutput(new LineBuffer(out));
    List<Exchange> exchanges = SpanEncoderTest.alike();
    for (int round = 0; round < 3; round++) {
      for (Exchange each : exchanges) {
        ByteArrayOutputStream other = new ByteArrayOutputStream();
        String fresh = line(each, new JsonOutput(new LineBuffer(other)), other);

        assertThat(line(each, used, out)).isEqualTo(fresh);
      }
      exchanges = exchanges.reversed();
    }
  }

  private static Map<String, Object> object(Exchanges exchange) {
    return Json.object(line(exchange));
  }

  @Test
  void shouldWriteTheContractsKeysInOrder() {
    String line =
        line(Exchanges.exchange().header("user-agent", "curl/8").header("x-request-id", "r-1"));

    assertThat(line)
        .isEqualTo(
            """
            {"time":"2026-11-22T08:27:47.123456789Z","kind":"server","protocol":"http/1.1",\
            "interface":"eth0","client":"10.0.0.2:41234","server":"10.0.0.1:8080",\
            "method":"GET","target":"/a?b=1","host":"example.com","status":200,"reason":"OK",\
            "user_agent":"curl/8","request_id":"r-1",\
            "trace_id":"b5669e736ebc04c6cdfbaf9a16a67ed2","span_id":"bf1271b857752da2",\
            "parent_span_id":null,"duration_us":268.512,"request_us":0.000,"ttfb_us":251.007,\
            "transfer_us":17.505,"handshake_us":88.100,"handshake_syn_us":30.000,\
            "handshake_ack_us":58.100,"interim":null,\
            "request":{"packets":1,"bytes":412,"header_bytes":200,"body_bytes":0,\
            "retransmits":0,"out_of_order":0,"zero_window_us":0.000},\
            "response":{"packets":2,"bytes":230,"header_bytes":150,"body_bytes":39,\
            "retransmits":1,"out_of_order":2,"zero_window_us":4.500},\
            "complete":true,"incomplete":null,"gap_bytes":0,\
            "grpc":null,"websocket":null,"tcp":null}
            """);
  }

  @Test
  void shouldWriteNullForWhatWasNotSeen() {
    Map<String, Object> request = object(Exchanges.exchange().withoutRequest());
    Map<String, Object> response =
        object(Exchanges.exchange().withoutResponse(Outcome.NO_RESPONSE));

    assertThat(request)
        .containsEntry("method", null)
        .containsEntry("target", null)
        .containsEntry("host", null)
        .containsEntry("status", 200L)
        .containsEntry("time", "2026-11-22T08:27:47.123456789Z")
        .containsEntry("duration_us", 7.0)
        .containsEntry("request_us", null)
        .containsEntry("ttfb_us", null)
        .containsEntry("transfer_us", 7.0)
        .containsEntry("handshake_us", null)
        .containsEntry("complete", false)
        .containsEntry("incomplete", "no-request");
    assertThat(response)
        .containsEntry("method", "GET")
        .containsEntry("status", null)
        .containsEntry("reason", null)
        .containsEntry("user_agent", null)
        .containsEntry("duration_us", 5.0)
        .containsEntry("ttfb_us", null)
        .containsEntry("transfer_us", null)
        .containsEntry("incomplete", "no-response");
    assertThat(request.keySet()).isEqualTo(response.keySet());
  }

  @ParameterizedTest
  @EnumSource(names = "COMPLETE", mode = EnumSource.Mode.EXCLUDE)
  void shouldNameEveryReason(Outcome outcome) {
    assertThat(object(Exchanges.exchange().outcome(outcome).gapBytes(1460)))
        .containsEntry("incomplete", outcome.text())
        .containsEntry("complete", false)
        .containsEntry("gap_bytes", 1460L);
  }

  @Test
  void shouldGiveBackHostileBytesUnharmed() {
    String hostile = "/\u0000\u001b[2J\"\\\r\n\t\u007f\u0080\u00e9\u00ff</script>";

    String line = line(Exchanges.exchange().request("GET", hostile).host("a\"b\u0007"));

    assertThat(line).isEqualTo(line.strip() + '\n').matches("[\\x20-\\x7f]*\\n");
    assertThat(Json.object(line))
        .containsEntry("target", hostile)
        .containsEntry("host", "a\"b\u0007");
  }

  @Test
  void shouldKeepTheSignOfAResponseThatCameEarly() {
    Timing early = new Timing(1_000, 9_000, List.of(), 4_500, 10_001, 0, 0, 0);

    Map<String, Object> object = object(Exchanges.exchange().timing(early));

    assertThat(object)
        .containsEntry("time", "1970-01-01T00:00:00.000001000Z")
        .containsEntry("request_us", 8.0)
        .containsEntry("ttfb_us", -4.5)
        .containsEntry("transfer_us", 5.501)
        .containsEntry("duration_us", 9.001);
  }

  @Test
  void shouldWriteEveryInterimResponse() {
    List<Interim> interims = List.of(new Interim(100, 3_000), new Interim(103, 4_500));
    Timing timing = new Timing(1_000, 9_000, interims, 9_500, 10_001, 0, 0, 0);

    assertThat(Json.objects(object(Exchanges.exchange().timing(timing)).get("interim")))
        .containsExactly(
            Map.of("status", 100L, "after_us", 2.0), Map.of("status", 103L, "after_us", 3.5));
  }

  @Test
  void shouldWriteTheTargetAsSentButForUserInformation() {
    assertThat(object(Exchanges.exchange().request("GET", "/a?token=abc&b=1")))
        .containsEntry("target", "/a?token=abc&b=1");
    assertThat(object(Exchanges.exchange().request("GET", "http://u:p@h/x").host("u:p@h")))
        .containsEntry("target", "http://REDACTED:REDACTED@h/x")
        .containsEntry("host", "REDACTED:REDACTED@h");
  }

  @Test
  void shouldWriteOneLineForEach() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    JsonOutput json = new JsonOutput(new LineBuffer(out));
    for (int i = 0; i < 1_000; i++) {
      json.accept(Exchanges.exchange().request("GET", "/" + i).report());
    }
    json.flush();

    List<String> lines = out.toString(UTF_8).lines().toList();

    assertThat(lines).hasSize(1_000);
    assertThat(Json.object(lines.get(999))).containsEntry("target", "/999");
  }

  @Test
  void shouldWriteIpv6AndClients() {
    assertThat(
            object(
                Exchanges.exchange()
                    .calling()
                    .endpoints(
                        Exchanges.ipv6(0x20010db8_00000000L, 1, 5000),
                        Exchanges.ipv6(0x20010db8_00000000L, 2, 80))))
        .containsEntry("kind", "client")
        .containsEntry("client", "[2001:db8::1]:5000")
        .containsEntry("server", "[2001:db8::2]:80");
  }
}
