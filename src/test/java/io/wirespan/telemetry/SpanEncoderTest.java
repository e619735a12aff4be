// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.proto.trace.v1.Span;
import io.wirespan.protocol.Detail;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.MessageStats;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.Request;
import io.wirespan.protocol.Response;
import io.wirespan.protocol.Timing;
import io.wirespan.tcp.CloseReason;
import io.wirespan.tcp.Endpoint;
import io.wirespan.tcp.Flow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the encoder remembers of one span must not show in another. */
class SpanEncoderTest {
  private static final Exchange EXAMPLE = Exchanges.exchange().build();
  private static final Timing TIMING = new Timing(1_000, 2_000, List.of(), 5_000, 9_000, 0, 0, 0);

  private static SpanEncoder encoder() {
    return new SpanEncoder(EncodedSpans.NO_HEADERS, Integer.MAX_VALUE);
  }

  static ReportedExchange report(Exchange exchange) {
    return new ReportedExchange(
        exchange, RequestTarget.of(exchange), new SpanIdentity(1, 2, 3, SpanContext.getInvalid()));
  }

  private static Exchange exchange(Flow flow, String host, MessageStats stats) {
    return new Exchange(
        flow,
        Exchange.HTTP_1_1,
        new Request("GET", "/", host, EXAMPLE.request().headers(), stats),
        new Response(200, "OK", EXAMPLE.response().headers(), stats),
        TIMING,
        Outcome.COMPLETE,
        0);
  }

  private static Exchange undisturbed(long size) {
    return exchange(EXAMPLE.flow(), "a", new MessageStats(size, size, 0, size, 0, 0, 0));
  }

  private static Flow flow(int clientPort, Flow.Role role) {
    Flow flow = EXAMPLE.flow();
    Endpoint client = new Endpoint(false, 0, 0x0a000002, clientPort);
    return new Flow(flow.capturedOn(), client, flow.server(), role, flow.declared());
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 1L << 40})
  void shouldWriteSizesOfAnyLength(long size) {
    Map<String, Object> attributes =
        EncodedSpans.attributes(EncodedSpans.span(report(undisturbed(size)), encoder()));

    assertThat(attributes)
        .containsEntry("http.request.size", size)
        .containsEntry("http.request.body.size", size)
        .containsEntry("http.response.size", size)
        .containsEntry("http.response.body.size", size)
        .containsEntry("wirespan.request.packets", size)
        .containsEntry("wirespan.response.packets", size)
        .containsEntry("wirespan.request.bytes", size)
        .containsEntry("wirespan.response.bytes", size)
        .containsEntry("wirespan.retransmits", 0L)
        .containsEntry("wirespan.out_of_order", 0L)
        .containsEntry("wirespan.request.zero_window", 0.0)
        .containsEntry("wirespan.response.zero_window", 0.0)
        .containsEntry("wirespan.gap.bytes", 0L)
        .containsEntry("wirespan.request", 1e-6)
        .containsEntry("wirespan.ttfb", 3e-6)
        .containsEntry("wirespan.transfer", 4e-6)
        .containsEntry("wirespan.complete", true)
        .doesNotContainKeys("wirespan.handshake", "wirespan.incomplete.reason");
  }

  @Test
  void shouldTellEachSizeFromTheOthers() {
    Exchange exchange =
        new Exchange(
            EXAMPLE.flow(),
            Exchange.HTTP_1_1,
            new Request(
                "GET",
                "/",
                "a",
                EXAMPLE.request().headers(),
                new MessageStats(1, 2, 3, 4, 0, 0, 0)),
            new Response(
                200, "OK", EXAMPLE.response().headers(), new MessageStats(8, 9, 10, 11, 0, 0, 0)),
            new Timing(1_000, 2_000, List.of(), 5_000, 9_000, 100, 300, 700),
            Outcome.COMPLETE,
            0);

    assertThat(EncodedSpans.attributes(EncodedSpans.span(report(exchange), encoder())))
        .containsEntry("wirespan.request.packets", 1L)
        .containsEntry("wirespan.request.bytes", 2L)
        .containsEntry("http.request.size", 7L)
        .containsEntry("http.request.body.size", 4L)
        .containsEntry("wirespan.response.packets", 8L)
        .containsEntry("wirespan.response.bytes", 9L)
        .containsEntry("http.response.size", 21L)
        .containsEntry("http.response.body.size", 11L)
        .containsEntry("wirespan.handshake", 6e-7)
        .containsEntry("wirespan.handshake.syn", 2e-7)
        .containsEntry("wirespan.handshake.ack", 4e-7);
  }

  /** Alike but for one thing each: the same connection, the same place, the same kind. */
  static List<Exchange> alike() {
    List<Exchange> alike = new ArrayList<>();
    MessageStats stats = EXAMPLE.request().stats();
    Flow first = flow(40_000, Flow.Role.SERVER);
    for (Flow flow :
        List.of(
            first,
            flow(40_001, Flow.Role.SERVER),
            flow(42_048, Flow.Role.SERVER),
            flow(40_000, Flow.Role.CLIENT))) {
      alike.add(exchange(flow, "a", stats));
      alike.add(exchange(flow, "b", stats));
      alike.add(exchange(flow, "b:81", stats));
      alike.add(exchange(flow, "", stats));
    }
    for (MessageStats disturbed :
        List.of(
            new MessageStats(1, 2, 3, 4, 1, 0, 0),
            new MessageStats(1, 2, 3, 4, 0, 1, 0),
            new MessageStats(1, 2, 3, 4, 0, 0, 1))) {
      alike.add(exchange(first, "a", disturbed));
    }
    Request get = alike.getFirst().request();
    Response ok = alike.getFirst().response();
    for (String method : List.of("GET", "POST", "PROPFIND", "get")) {
      for (String target : List.of("/", "/?q=1", "https://a/x", "")) {
        for (int status : new int[] {200, 404, 500}) {
          alike.add(
              new Exchange(
                  first,
                  status == 404 ? Exchange.HTTP_2 : Exchange.HTTP_1_1,
                  new Request(method, target, "a", get.headers(), stats),
                  new Response(status, "", ok.headers(), stats),
                  TIMING,
                  Outcome.COMPLETE,
                  0));
        }
      }
    }
    for (String protocol : List.of(Exchange.HTTP_1_0, Exchange.WEBSOCKET, Exchange.TCP)) {
      alike.add(new Exchange(first, protocol, get, ok, TIMING, Outcome.COMPLETE, 0));
    }
    for (Outcome outcome : Outcome.values()) {
      alike.add(new Exchange(first, Exchange.HTTP_1_1, get, ok, TIMING, outcome, 0));
      alike.add(new Exchange(first, Exchange.HTTP_1_1, get, Response.UNSEEN, TIMING, outcome, 0));
      alike.add(new Exchange(first, Exchange.HTTP_1_1, Request.UNSEEN, ok, TIMING, outcome, 0));
    }
    Detail session = new Detail.TcpSession(CloseReason.FINISHED, Detail.ClosedBy.CLIENT);
    alike.add(
        new Exchange(first, Exchange.HTTP_1_1, get, ok, TIMING, Outcome.COMPLETE, 0, session));
    alike.add(new Exchange(first, Exchange.HTTP_1_1, get, ok, TIMING, Outcome.COMPLETE, 7));
    return alike;
  }

  @Test
  void shouldWriteTheSameWhateverItHasWrittenBefore() {
    List<Exchange> exchanges = alike();
    SpanEncoder used = encoder();
    for (int round = 0; round < 3; round++) {
      for (Exchange each : exchanges) {
        Span fresh = EncodedSpans.span(report(each), encoder());

        assertThat(EncodedSpans.span(report(each), used)).as("%s", each).isEqualTo(fresh);
      }
      exchanges = exchanges.reversed();
    }
    assertThat(exchanges.stream().map(each -> EncodedSpans.span(report(each), used)).distinct())
        .hasSizeGreaterThan(exchanges.size() * 3 / 4);
  }
}
