// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import static io.wirespan.protocol.Wire.DOWN;
import static io.wirespan.protocol.Wire.MILLI;
import static io.wirespan.protocol.Wire.START;
import static io.wirespan.protocol.Wire.UP;
import static io.wirespan.protocol.Wire.lines;
import static io.wirespan.protocol.http1.PlainMessages.get;
import static io.wirespan.protocol.http1.PlainMessages.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Headers;
import io.wirespan.protocol.Interim;
import io.wirespan.protocol.MessageStats;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.ProtocolLimits;
import io.wirespan.protocol.Timing;
import io.wirespan.protocol.Wire;
import io.wirespan.tcp.CloseReason;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which response answers which request, and what an exchange then holds. */
class MatchingTest {
  private static ProtocolLimits limits(int headBytes, int pipelineDepth) {
    return new ProtocolLimits(headBytes, 1 << 20, pipelineDepth, 1000 * MILLI, 64, 4096);
  }

  @Test
  void shouldTellTimesSizesAndCounts() {
    String requestHead = "POST /a HTTP/1.1\r\nHost: h:81\r\nX-ID:  7 \r\nContent-Length: 6\r\n\r\n";
    String interim = "HTTP/1.1 103 Hints\r\n\r\n";
    String responseHead =
        "HTTP/1.1 200 All right\r\nserver: s\r\nTransfer-Encoding: chunked\r\n\r\n";
    Exchange exchange =
        new Wire()
            .up(requestHead)
            .up("abc")
            .up("def")
            .down(interim)
            .down(responseHead)
            .down("4\r\nabcd\r\n")
            .down("0\r\n\r\n")
            .exchanges()
            .getFirst();

    assertThat(exchange.outcome()).isEqualTo(Outcome.COMPLETE);
    assertThat(exchange.protocol()).isEqualTo("http/1.1");
    assertThat(exchange.request().host()).isEqualTo("h:81");
    assertThat(exchange.request().headers())
        .isEqualTo(Headers.of(List.of(new Headers.Field("x-id", "7"))));
    assertThat(exchange.response().reason()).isEqualTo("All right");
    assertThat(exchange.response().headers().first("server")).isEqualTo("s");
    assertThat(exchange.timing())
        .isEqualTo(
            new Timing(
                START + MILLI,
                START + 3 * MILLI,
                List.of(new Interim(103, START + 4 * MILLI)),
                START + 5 * MILLI,
                START + 7 * MILLI,
                START - 3,
                START - 2,
                START - 1));
    assertThat(exchange.request().stats())
        .isEqualTo(
            new MessageStats(
                3, 3 * 40 + requestHead.length() + 6, requestHead.length(), 6, 0, 0, 0));
    assertThat(exchange.response().stats())
        .isEqualTo(
            new MessageStats(
                4,
                4 * 40 + interim.length() + responseHead.length() + 9 + 5,
                responseHead.length() + 5 + 5,
                4,
                0,
                0,
                0));
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, -100, Long.MAX_VALUE, Long.MAX_VALUE - 100, Long.MIN_VALUE})
  void shouldCountOnWhereCountersWrapAround(long counts) {
    String request = get("/1");
    String tunnel = "HTTP/1.1 101 X\r\n\r\n";
    var exchanges =
        new Wire().countsFrom(counts).up(request).down(tunnel).up("abc").finish().exchanges();

    assertThat(exchanges).hasSize(2);
    assertThat(exchanges.get(0).request().stats())
        .returns(1L, MessageStats::packets)
        .returns(40L + request.length(), MessageStats::bytes);
    assertThat(exchanges.get(1).request().stats())
        .returns(2L, MessageStats::packets)
        .returns(83L, MessageStats::bytes);
  }

  @Test
  void shouldTellTheHandshakeOnce() {
    var exchanges = new Wire().up(get("/1") + get("/2")).down(ok(201) + ok(202)).exchanges();

    assertThat(exchanges.get(0).timing().syn()).isEqualTo(START - 3);
    assertThat(exchanges.get(1).timing().syn()).isZero();
  }

  @Test
  void shouldTellTheAuthority() {
    assertThat(hosts("GET http://u@x:8/p?q HTTP/1.1\r\nHost: y\r\n\r\n")).containsExactly("x:8");
    assertThat(hosts("GET /http://x/ HTTP/1.1\r\nHost: y\r\n\r\n")).containsExactly("y");
    assertThat(hosts("GET / HTTP/1.1\r\nHost:\r\n\r\n")).containsExactly("");
    assertThat(hosts("GET / HTTP/1.1\r\nHOST \t: y \r\nHost: z\r\n\r\n")).containsExactly("y");
    assertThat(hosts("GET / HTTP/1.1\r\nHost:\r\n y\r\n\r\n")).containsExactly("y");
    assertThat(hosts("CONNECT x:1 HTTP/1.1\r\n\r\n")).containsExactly("x:1");
    assertThat(hosts("GET / HTTP/1.0\r\n\r\n")).containsExactly("");
  }

  private static List<String> hosts(String request) {
    return new Wire().up(request).exchanges().stream().map(e -> e.request().host()).toList();
  }

  @Test
  void shouldNameTheVersion() {
    assertThat(new Wire().up("GET / HTTP/1.0\r\n\r\n").down(ok(200)).exchanges().getFirst())
        .returns(Exchange.HTTP_1_0, Exchange::protocol);
    assertThat(new Wire().joined().down("HTTP/1.0 200 OK\r\n\r\n").finish().exchanges().getFirst())
        .returns(Exchange.HTTP_1_0, Exchange::protocol);
  }

  @Test
  void shouldNotAnswerARequestThatWasSentAfterwards() {
    var exchanges =
        new Wire()
            .joined()
            .down(ok(200))
            .up(get("/1"))
            .down(ok(201))
            .up(get("/2"))
            .down(ok(202))
            .exchanges();

    assertThat(lines(exchanges))
        .containsExactly("? -> 200 no-request", "GET /1 -> 201", "GET /2 -> 202");
  }

  @Test
  void shouldJoinInTheMiddleOfMessages() {
    var exchanges =
        new Wire()
            .joined()
            .up("end of an upload")
            .down("end of a download")
            .up(get("/1"))
            .down(ok(201))
            .exchanges();

    assertThat(lines(exchanges)).containsExactly("GET /1 -> 201");
  }

  @Test
  void shouldReportResponsesOfAOneSidedCapture() {
    Wire wire = new Wire().joined();
    for (int i = 0; i < 5; i++) {
      wire.down(ok(200 + i)).pause(2000);
    }
    assertThat(lines(wire.exchanges())).hasSize(5).allMatch(line -> line.endsWith(" no-request"));
  }

  @Test
  void shouldReportRequestsOfAOneSidedCapture() {
    Wire wire = new Wire();
    for (int i = 0; i < 5; i++) {
      wire.up(get("/" + i));
    }
    assertThat(lines(wire.finish().exchanges()))
        .hasSize(5)
        .allMatch(line -> line.endsWith(" no-response"));
  }

  @Test
  void shouldEvictTheOldestOfTooManyRequests() {
    Wire wire = new Wire().limits(limits(1024, 4));
    for (int i = 0; i < 6; i++) {
      wire.up(get("/" + i));
    }
    assertThat(lines(wire.finish().exchanges()))
        .startsWith("GET /0 -> ? evicted", "GET /1 -> ? gap")
        .hasSize(6);
    assertThat(wire.counters.pipelineOverflows()).isPositive();
  }

  @Test
  void shouldReportAHeadOverTheCap() {
    Wire wire =
        new Wire()
            .limits(limits(64, 4))
            .up("GET /1 HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(80))
            .up("x".repeat(80) + "\r\n\r\n")
            .down(ok(201))
            .up(get("/2"))
            .down("HTTP/1.1 202 X\r\nX: " + "x".repeat(80) + "\r\n\r\n")
            .up(get("/3"))
            .down(ok(203));

    assertThat(lines(wire.exchanges()))
        .containsExactly("GET /1 -> 201 parse-error", "GET /2 -> 202 parse-error", "GET /3 -> 203");
    assertThat(lines(wire.exchanges(left -> 1)).getFirst()).isEqualTo("GET /1 -> 201 parse-error");
  }

  @Test
  void shouldReadAHeadAsLongAsTheCap() {
    String padding = "x".repeat(256 * 1024 - get("/1").length() - "X: \r\n".length());
    String head = "GET /1 HTTP/1.1\r\nX: " + padding + "\r\nHost: a\r\n\r\n";

    assertThat(head).hasSize(256 * 1024);
    assertThat(lines(new Wire().up(head).down(ok(200)).exchanges(left -> Math.min(left, 1460))))
        .containsExactly("GET /1 -> 200");
  }

  /** A head is looked for in part of a packet first, as far as the one before it went. */
  @Test
  void shouldReadHeadsOfEveryLengthInOnePiece() {
    Wire wire = new Wire();
    List<String> expected = new ArrayList<>();
    for (int length : new int[] {0, 400, 430, 480, 2000, 10, 1900, 2100, 5000, 470, 3000}) {
      String padding = "X: " + "x".repeat(length) + "\r\n";
      wire.up("GET /" + length + " HTTP/1.1\r\n" + padding + "Host: a\r\n\r\n")
          .down(
              "HTTP/1.1 200 OK\r\n" + padding + "Content-Length: 3000\r\n\r\n" + "b".repeat(3000));
      expected.add("GET /" + length + " -> 200");
    }

    assertThat(lines(wire.exchanges())).containsExactlyElementsOf(expected);
    assertThat(wire.exchanges())
        .allMatch(exchange -> exchange.response().stats().bodyBytes() == 3000);
  }

  @Test
  void shouldRefuseHeadsBeyondTheMemoryForThem() {
    ProtocolLimits limits = new ProtocolLimits(1 << 16, 2048, 10, 1, 64, 4096);
    Wire wire = new Wire().limits(limits).up("GET /1 HTTP/1.1\r\nX: " + "x".repeat(5000));

    assertThat(lines(wire.exchanges(left -> Math.min(left, 100))))
        .containsExactly("GET /1 -> ? evicted");
    assertThat(wire.counters.headBufferRefusals()).isOne();
  }

  @Test
  void shouldNameAHeadOfWhichNothingCouldBeCollected() {
    ProtocolLimits limits = new ProtocolLimits(1 << 16, 100, 10, 1, 64, 4096);
    Wire wire = new Wire().limits(limits).up("GET /1 HTTP/1.1\r\nHost: a\r\nX: y").up("z");

    var exchanges = wire.exchanges();
    assertThat(lines(exchanges)).containsExactly("GET /1 -> ? evicted");
    assertThat(exchanges.getFirst().request().host()).isEqualTo("a");
    assertThat(wire.counters.headsUnreadable()).isZero();
  }

  @Test
  void shouldPipelineDeeply() {
    Wire wire = new Wire();
    StringBuilder requests = new StringBuilder();
    StringBuilder responses = new StringBuilder();
    for (int i = 0; i < 5000; i++) {
      requests.append(get("/" + i));
      responses.append(ok(200 + i % 300));
    }
    var exchanges = wire.up(requests.toString()).down(responses.toString()).exchanges();

    assertThat(exchanges).hasSize(5000).allMatch(Exchange::complete);
    for (int i = 0; i < 5000; i++) {
      assertThat(exchanges.get(i).request().target()).isEqualTo("/" + i);
      assertThat(exchanges.get(i).response().status()).isEqualTo(200 + i % 300);
    }
  }

  @Test
  void shouldEndAtTheLastOfBothMessages() {
    var exchange =
        new Wire()
            .up("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na")
            .down(ok(413))
            .up("b")
            .exchanges()
            .getFirst();

    assertThat(exchange.timing().end()).isEqualTo(START + 3 * MILLI);
  }

  @Test
  void shouldAnswerAnUpgradeToHttp2OnStream1() {
    Wire wire =
        new Wire()
            .up("GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n")
            .down("HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n")
            .down("\0\0\0\4\0\0\0\0\0" + "\0\0\1\1\5\0\0\0\1\u0088");

    assertThat(lines(wire.exchanges())).containsExactly("GET / -> 200");
  }

  @Test
  void shouldCountRepeatedAndEarlySegments() {
    Wire wire =
        new Wire()
            .up("POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n")
            .early(DOWN, 2000)
            .repeated(UP, 3)
            .early(UP, 60)
            .early(UP, 2000)
            .up("x".repeat(100))
            .down("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
            .repeated(UP, 50)
            .repeated(DOWN, 0)
            .repeated(DOWN, 5)
            .down("x".repeat(100))
            .repeated(UP, 50)
            .up(get("/2"))
            .down(ok(202));
    var exchanges = wire.exchanges();

    assertThat(exchanges.get(0).request().stats())
        .returns(2, MessageStats::retransmits)
        .returns(1, MessageStats::outOfOrder);
    assertThat(exchanges.get(0).response().stats())
        .returns(2, MessageStats::retransmits)
        .returns(1, MessageStats::outOfOrder);
    assertThat(exchanges.get(1).request().stats())
        .returns(0, MessageStats::retransmits)
        .returns(1, MessageStats::outOfOrder);
  }

  @Test
  void shouldCloseEachOpenExchangeOnce() {
    for (CloseReason reason : CloseReason.values()) {
      var exchanges =
          new Wire()
              .up(get("/1") + get("/2") + "PUT /3 HTTP/1.1\r\nContent-Length: 3\r\n\r\na")
              .down("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
              .close(reason)
              .exchanges();

      assertThat(exchanges).extracting(e -> e.request().target()).containsExactly("/1", "/2", "/3");
      assertThat(exchanges).noneMatch(Exchange::complete);
    }
  }
}
