// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import io.wirespan.protocol.Outcome;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpanAttributesTest {
  private static final HttpFields FIELDS =
      HttpFields.of(
          TestOptions.withHeaders(
              Set.of("Accept"),
              Set.of("Server"),
              TestOptions.live(OutputStream.nullOutputStream())));

  private static Span span(Exchanges exchange, int lengthLimit) {
    return EncodedSpans.span(exchange, FIELDS, lengthLimit);
  }

  private static Map<String, Object> attributes(Exchanges exchange) {
    return EncodedSpans.attributes(span(exchange, Integer.MAX_VALUE));
  }

  @Test
  void shouldDescribeAServedRequest() {
    Exchanges exchange =
        Exchanges.exchange()
            .request("GET", "/a?b=1&token=x")
            .host("example.com:81")
            .header("user-agent", "curl/8")
            .header("x-request-id", "r-1")
            .header("x-envoy-decorator-operation", "svc:80/*")
            .header("accept", "a")
            .header("accept", "b")
            .responseHeader("server", "nginx")
            .gapBytes(7);

    assertThat(attributes(exchange))
        .isEqualTo(
            Map.ofEntries(
                Map.entry("http.request.method", "GET"),
                Map.entry("url.scheme", "http"),
                Map.entry("url.path", "/a"),
                Map.entry("url.query", "b=1&token=REDACTED"),
                Map.entry("user_agent.original", "curl/8"),
                Map.entry("http.response.status_code", 200L),
                Map.entry("network.protocol.name", "http"),
                Map.entry("network.protocol.version", "1.1"),
                Map.entry("server.address", "example.com"),
                Map.entry("server.port", 81L),
                Map.entry("client.address", "10.0.0.2"),
                Map.entry("client.port", 41234L),
                Map.entry("network.peer.address", "10.0.0.2"),
                Map.entry("network.peer.port", 41234L),
                Map.entry("network.local.address", "10.0.0.1"),
                Map.entry("network.local.port", 8080L),
                Map.entry("network.transport", "tcp"),
                Map.entry("network.type", "ipv4"),
                Map.entry("network.interface.name", "eth0"),
                Map.entry("http.request.header.x-request-id", List.of("r-1")),
                Map.entry("http.request.header.x-envoy-decorator-operation", List.of("svc:80/*")),
                Map.entry("http.request.header.accept", List.of("a", "b")),
                Map.entry("http.response.header.server", List.of("nginx")),
                Map.entry("http.request.size", 200L),
                Map.entry("http.request.body.size", 0L),
                Map.entry("http.response.size", 189L),
                Map.entry("http.response.body.size", 39L),
                Map.entry("wirespan.request.packets", 1L),
                Map.entry("wirespan.response.packets", 2L),
                Map.entry("wirespan.request.bytes", 412L),
                Map.entry("wirespan.response.bytes", 230L),
                Map.entry("wirespan.retransmits", 1L),
                Map.entry("wirespan.out_of_order", 2L),
                Map.entry("wirespan.request.zero_window", 0.0),
                Map.entry("wirespan.response.zero_window", 4.5e-6),
                Map.entry("wirespan.gap.bytes", 7L),
                Map.entry("wirespan.request", 0.0),
                Map.entry("wirespan.ttfb", 251_007 / 1e9),
                Map.entry("wirespan.transfer", 17_505 / 1e9),
                Map.entry("wirespan.handshake", 88_100 / 1e9),
                Map.entry("wirespan.handshake.syn", 30_000 / 1e9),
                Map.entry("wirespan.handshake.ack", 58_100 / 1e9),
                Map.entry("wirespan.complete", true)));
  }

  @Test
  void shouldDescribeACalledServer() {
    assertThat(
            attributes(
                Exchanges.exchange()
                    .calling()
                    .endpoints(
                        Exchanges.ipv6(0x20010db8_00000000L, 1, 5000),
                        Exchanges.ipv6(0x20010db8_00000000L, 2, 80))
                    .protocol("http/2")))
        .containsEntry("url.full", "http://example.com/a?b=1")
        .doesNotContainKeys("url.path", "url.query")
        .containsEntry("server.address", "example.com")
        .containsEntry("server.port", 80L)
        .containsEntry("network.peer.address", "2001:db8::2")
        .containsEntry("network.peer.port", 80L)
        .containsEntry("network.local.address", "2001:db8::1")
        .containsEntry("network.local.port", 5000L)
        .containsEntry("network.type", "ipv6")
        .containsEntry("network.protocol.version", "2");
  }

  @Test
  void shouldSayWhatIsMissing() {
    assertThat(attributes(Exchanges.exchange().withoutRequest()))
        .containsEntry("wirespan.complete", false)
        .containsEntry("wirespan.incomplete.reason", "no-request")
        .doesNotContainKeys(
            "http.request.method", "url.path", "http.request.size", "wirespan.ttfb");
    assertThat(attributes(Exchanges.exchange().withoutResponse(Outcome.RESET)))
        .containsEntry("wirespan.incomplete.reason", "reset")
        .containsEntry("error.type", "reset")
        .doesNotContainKeys("http.response.status_code", "http.response.size", "wirespan.transfer");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, GET, GET,",
    "PATCH, PATCH, PATCH,",
    "get, _OTHER, HTTP, get",
    "PROPFIND, _OTHER, HTTP, PROPFIND",
  })
  void shouldKeepTheSetOfMethodsSmall(String method, String known, String name, String original) {
    Exchanges exchange = Exchanges.exchange().request(method, "/");

    assertThat(attributes(exchange)).containsEntry("http.request.method", known);
    assertThat(attributes(exchange).get("http.request.method_original")).isEqualTo(original);
    assertThat(span(exchange, 100).getName()).isEqualTo(name);
  }

  @ParameterizedTest
  @CsvSource({
    "SERVER, 200, COMPLETE, ''",
    "SERVER, 404, COMPLETE, ''",
    "SERVER, 500, COMPLETE, 500",
    "SERVER, 599, COMPLETE, 599",
    "CLIENT, 399, COMPLETE, ''",
    "CLIENT, 404, COMPLETE, 404",
    "CLIENT, 503, RESET, 503",
    "SERVER, 200, RESET, reset",
    "SERVER, 404, ABORTED, aborted",
    "SERVER, 200, PARSE_ERROR, parse-error",
    "SERVER, 0, NO_RESPONSE, no-response",
    "SERVER, 200, GAP, ''",
    "SERVER, 200, TRUNCATED, ''",
    "SERVER, 200, EVICTED, ''",
    "CLIENT, 0, STILL_OPEN, ''",
    "SERVER, 200, NO_REQUEST, ''",
  })
  void shouldBlameTheExchangeOnlyForItsOwnErrors(
      String role, int status, Outcome outcome, String errorType) {
    Exchanges exchange = Exchanges.exchange().status(status, "").outcome(outcome);
    Span span = span(role.equals("CLIENT") ? exchange.calling() : exchange, 100);

    assertThat(span.getKind()).isEqualTo(SpanKind.valueOf("SPAN_KIND_" + role));
    assertThat(span.getStatus().getCode())
        .isEqualTo(
            errorType.isEmpty() ? StatusCode.STATUS_CODE_UNSET : StatusCode.STATUS_CODE_ERROR);
    assertThat(attributes(exchange).getOrDefault("error.type", "")).isEqualTo(errorType);
  }

  @Test
  void shouldEncodeUrlsThatAreNotAscii() {
    assertThat(attributes(Exchanges.exchange().request("GET", "/\u00e9\n?\u0000")))
        .containsEntry("url.path", "/%E9%0A")
        .containsEntry("url.query", "%00");
  }

  @Test
  void shouldLeaveOutWhatATargetDoesNotHave() {
    assertThat(attributes(Exchanges.exchange().request("CONNECT", "h:443").host("h:443")))
        .doesNotContainKeys("url.path", "url.query")
        .containsEntry("server.port", 443L);
    assertThat(attributes(Exchanges.exchange().protocol("tcp")))
        .doesNotContainKeys("network.protocol.name", "network.protocol.version");
  }

  @Test
  void shouldRespectTheLimitOnTextLength() {
    Span span = span(Exchanges.exchange().request("GET", "/" + "x".repeat(100)), 10);

    assertThat(EncodedSpans.attributes(span)).containsEntry("url.path", "/xxxxxxxxx");
  }

  @Test
  void shouldStartAndEndWithTheFirstAndLastByte() {
    Span span = span(Exchanges.exchange(), 100);

    assertThat(span.getStartTimeUnixNano()).isEqualTo(Exchanges.START);
    assertThat(span.getEndTimeUnixNano()).isEqualTo(Exchanges.START + 268_512);
  }
}
