// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import static io.wirespan.protocol.Wire.DOWN;
import static io.wirespan.protocol.Wire.UP;
import static io.wirespan.protocol.Wire.lines;
import static io.wirespan.protocol.http1.PlainMessages.OK;
import static io.wirespan.protocol.http1.PlainMessages.get;
import static io.wirespan.protocol.http1.PlainMessages.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.Wire;
import org.junit.jupiter.api.Test;

/** Streams with bytes missing: what is known is reported, and nothing is matched wrongly. */
class LossTest {
  private static final String LONG = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";

  @Test
  void shouldSkipAGapInsideABody() {
    var exchanges =
        new Wire()
            .up(get("/1"))
            .down(LONG + "x".repeat(100))
            .lost(DOWN, 400)
            .down("x".repeat(500))
            .up(get("/2"))
            .down(OK)
            .exchanges();

    assertThat(lines(exchanges)).containsExactly("GET /1 -> 200", "GET /2 -> 200");
    assertThat(exchanges.getFirst().gapBytes()).isEqualTo(400);
    assertThat(exchanges.getFirst().response().stats().bodyBytes()).isEqualTo(1000);
  }

  @Test
  void shouldCompleteABodyWhoseEndIsMissing() {
    var exchanges =
        new Wire().up(get("/1")).down(LONG).lost(DOWN, 1000).up(get("/2")).down(OK).exchanges();

    assertThat(lines(exchanges)).containsExactly("GET /1 -> 200", "GET /2 -> 200");
    assertThat(exchanges.getFirst().timing().responseLast())
        .as("the last byte that was seen")
        .isEqualTo(exchanges.getFirst().timing().responseFirst());
  }

  @Test
  void shouldSkipAGapInsideAChunk() {
    String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n";
    var exchanges =
        new Wire()
            .up(get("/1"))
            .down(head + "x".repeat(50))
            .lost(DOWN, 50)
            .down("\r\n0\r\n\r\n")
            .exchanges();

    assertThat(lines(exchanges)).containsExactly("GET /1 -> 200");
    assertThat(exchanges.getFirst().response().stats().bodyBytes()).isEqualTo(100);
  }

  @Test
  void shouldEndAtTheNextMessageWhenChunkFramingIsMissing() {
    String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n";
    var exchanges =
        new Wire()
            .up(get("/1"))
            .down(head + "x".repeat(50))
            .lost(DOWN, 51)
            .down("\n0\r\n\r\n")
            .up(get("/2"))
            .down(OK)
            .exchanges();

    assertThat(lines(exchanges)).containsExactly("GET /1 -> 200 gap", "GET /2 -> 200");
    assertThat(exchanges.getFirst().timing().responseLast())
        .as("bytes behind the gap are its own")
        .isEqualTo(Wire.START + 4 * Wire.MILLI);
  }

  @Test
  void shouldSkipAGapInContentUntilTheClose() {
    var exchanges =
        new Wire()
            .up(get("/1"))
            .down("HTTP/1.0 200 OK\r\n\r\nabc")
            .lost(DOWN, 10)
            .down("def")
            .finish()
            .exchanges();

    assertThat(lines(exchanges)).containsExactly("GET /1 -> 200");
    assertThat(exchanges.getFirst().response().stats().bodyBytes()).isEqualTo(16);
  }

  @Test
  void shouldFinishTheRequestWhoseResponseIsMissing() {
    var exchanges =
        new Wire().up(get("/1")).lost(DOWN, OK.length()).up(get("/2")).down(ok(202)).exchanges();

    assertThat(lines(exchanges)).containsExactly("GET /1 -> ? gap", "GET /2 -> 202");
  }

  @Test
  void shouldNotAnswerFromBehindTheRequest() {
    // The request of 202 is missing, and the gap shows only with /3.
    var exchanges =
        new Wire()
            .up(get("/1"))
            .down(ok(201))
            .down(ok(202))
            .lost(UP, 100)
            .up(get("/3"))
            .down(ok(203))
            .exchanges();

    assertThat(lines(exchanges))
        .containsExactly("GET /1 -> 201", "? -> 202 no-request", "GET /3 -> 203");
  }

  @Test
  void shouldMatchWhenRequestAndResponseAreMissing() {
    var exchanges =
        new Wire()
            .up(get("/1"))
            .down(ok(201))
            .lost(UP, 100)
            .lost(DOWN, 100)
            .up(get("/3"))
            .down(ok(203))
            .exchanges();

    assertThat(lines(exchanges)).containsExactly("GET /1 -> 201", "GET /3 -> 203");
  }

  @Test
  void shouldReportAHeadThatIsCutByAGap() {
    var exchanges =
        new Wire()
            .up("GET /1 HTTP/1.1\r\nHost: a\r\nX-Id: 7\r\nCoo")
            .lost(UP, 100)
            .up("kie: x\r\n\r\n")
            .down(ok(201))
            .up(get("/2"))
            .down("HTTP/1.1 202 X\r\nSer")
            .lost(DOWN, 100)
            .down("ver: x\r\n\r\n")
            .up(get("/3"))
            .down(ok(203))
            .exchanges();

    assertThat(lines(exchanges))
        .containsExactly("GET /1 -> 201 gap", "GET /2 -> 202 gap", "GET /3 -> 203");
    assertThat(exchanges.getFirst().request().host()).isEqualTo("a");
    assertThat(exchanges.getFirst().request().headers().first("x-id")).isEqualTo("7");
  }

  @Test
  void shouldKnowMethodTargetAndStatusOfTruncatedPackets() {
    Wire wire = new Wire();
    for (int i = 1; i <= 3; i++) {
      wire.up("POST /" + i + " HTTP/1.1\r\nHost: a\r\nUser")
          .truncated(UP, 200)
          .up("some of the content")
          .truncated(UP, 100)
          .down("HTTP/1.1 20" + i + " OK\r\nCont")
          .truncated(DOWN, 1400)
          .down("more content")
          .truncated(DOWN, 1000);
    }
    var exchanges = wire.finish().exchanges();

    assertThat(lines(exchanges))
        .containsExactly(
            "POST /1 -> 201 truncated", "POST /2 -> 202 truncated", "POST /3 -> 203 truncated");
    for (Exchange exchange : exchanges) {
      assertThat(exchange.request().host()).isEqualTo("a");
      assertThat(exchange.timing().requestLast() - exchange.timing().requestFirst())
          .isEqualTo(Wire.MILLI);
      assertThat(exchange.timing().responseLast() - exchange.timing().responseFirst())
          .as("until its last packet")
          .isEqualTo(Wire.MILLI);
    }
  }

  @Test
  void shouldKeepTruncatedBodiesComplete() {
    var exchanges =
        new Wire()
            .up(get("/1"))
            .down(LONG)
            .truncated(DOWN, 500)
            .down("xxx")
            .truncated(DOWN, 497)
            .up(get("/2"))
            .down(OK)
            .exchanges();

    assertThat(lines(exchanges)).containsExactly("GET /1 -> 200", "GET /2 -> 200");
    assertThat(exchanges.getFirst().timing().responseLast()).isEqualTo(Wire.START + 3 * Wire.MILLI);
  }

  @Test
  void shouldReportARequestLineThatIsCut() {
    var exchanges =
        new Wire()
            .up("GET /long/targ")
            .truncated(UP, 200)
            .down("HTTP/1.1 404 Not F")
            .truncated(DOWN, 100)
            .finish()
            .exchanges();

    assertThat(lines(exchanges)).containsExactly("GET /long/targ -> 404 truncated");
  }

  @Test
  void shouldNotGuessWhichPipelinedResponsesAreMissing() {
    Wire wire =
        new Wire()
            .up(get("/1") + get("/2") + get("/3"))
            .down(ok(201))
            .lost(DOWN, 30)
            .down(ok(203))
            .pause(2000)
            .up(get("/4"))
            .down(ok(204));
    var exchanges = wire.exchanges();

    assertThat(lines(exchanges))
        .containsExactly(
            "GET /1 -> 201",
            "GET /2 -> ? gap",
            "GET /3 -> ? gap",
            "? -> 203 no-request",
            "GET /4 -> 204");
    assertThat(wire.counters.anchorsLost()).isOne();
  }

  @Test
  void shouldNotGuessWhichPipelinedRequestsAreMissing() {
    var exchanges =
        new Wire()
            .up(get("/1") + get("/2"))
            .lost(UP, 100)
            .up(get("/4"))
            .down(ok(201) + ok(202) + ok(203) + ok(204))
            .pause(2000)
            .up(get("/5"))
            .down(ok(205))
            .exchanges();

    assertThat(lines(exchanges))
        .containsExactly(
            "GET /1 -> 201",
            "GET /2 -> 202",
            "GET /4 -> ? gap",
            "? -> 203 no-request",
            "? -> 204 no-request",
            "GET /5 -> 205");
  }

  @Test
  void shouldNotGuessThatAClientWhoseFirstRequestIsMissingDoesNotPipeline() {
    var exchanges =
        new Wire()
            .lost(UP, get("/1").length())
            .up(get("/2"))
            .down(ok(201))
            .down(ok(202))
            .exchanges();

    assertThat(lines(exchanges))
        .containsExactlyInAnyOrder("GET /2 -> ? gap", "? -> 201 no-request", "? -> 202 no-request");
  }

  @Test
  void shouldKeepTheAnswersOfRequestsWhoseClientHadReceivedWhatIsMissing() {
    // The loss of the first answer shows when the second request has been sent.
    var exchanges =
        new Wire()
            .at(1)
            .up(get("/1"))
            .at(3)
            .up(get("/2"))
            .at(5)
            .up(get("/3"))
            .at(2)
            .lost(DOWN, OK.length())
            .at(4)
            .down(ok(202))
            .at(6)
            .down(ok(203))
            .exchanges();

    assertThat(lines(exchanges))
        .containsExactly("GET /1 -> ? gap", "GET /2 -> 202", "GET /3 -> 203");
  }

  @Test
  void shouldSayGapWhenTheResponseMayBeMissingAtTheClose() {
    assertThat(lines(new Wire().up(get("/1")).lost(DOWN, 30).finish().exchanges()))
        .containsExactly("GET /1 -> ? gap");
  }

  @Test
  void shouldResumeBehindGarbageAtTheNextMessage() {
    Wire wire =
        new Wire()
            .up(get("/1"))
            .down(ok(201))
            .up("\0\0\0")
            .up(get("/2"))
            .down(ok(202))
            .up(get("/3"))
            .down("\0\0")
            .up(get("/4"))
            .down(ok(204));

    assertThat(lines(wire.exchanges()))
        .containsExactly(
            "GET /1 -> 201", "GET /2 -> 202", "GET /3 -> ? parse-error", "GET /4 -> 204");
    assertThat(wire.counters.parseErrors()).isOne();
    assertThat(wire.counters.exchanges(Outcome.PARSE_ERROR)).isOne();
  }

  @Test
  void shouldTakeTheFirstCause() {
    var exchanges =
        new Wire()
            .up("POST / HTTP/1.1\r\nHo")
            .lost(UP, 10)
            .down("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
            .finish()
            .exchanges();

    assertThat(lines(exchanges)).containsExactly("POST / -> 200 gap");
  }
}
