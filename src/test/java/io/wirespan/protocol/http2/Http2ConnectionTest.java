// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import static io.wirespan.protocol.http2.Peer.END;
import static io.wirespan.protocol.http2.Peer.END_HEADERS;
import static io.wirespan.protocol.http2.Peer.PREFACE;
import static io.wirespan.protocol.http2.Peer.SETTINGS;
import static io.wirespan.protocol.http2.Peer.SETTINGS_ACK;
import static io.wirespan.protocol.http2.Peer.data;
import static io.wirespan.protocol.http2.Peer.frame;
import static io.wirespan.protocol.http2.Peer.ints;
import static io.wirespan.protocol.http2.Peer.join;
import static io.wirespan.protocol.http2.Peer.reset;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Headers;
import io.wirespan.protocol.Interim;
import io.wirespan.protocol.MessageStats;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.Timing;
import io.wirespan.protocol.Traced;
import io.wirespan.tcp.TcpConversation;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Http2ConnectionTest {
  private static final long MILLISECOND = 1_000_000;

  private final Traced traced = new Traced();
  private final TcpConversation conversation = traced.conversation();
  private final Peer client = new Peer();
  private final Peer server = new Peer();

  private void begin() {
    conversation.handshake().clientSends(join(PREFACE, SETTINGS));
    conversation.serverSends(join(SETTINGS, SETTINGS_ACK)).clientSends(SETTINGS_ACK);
  }

  @Test
  void shouldReadARequestAndItsResponse() {
    begin();
    conversation.clientSends(client.get(1, "/a?b=1")).serverSends(server.respond(1, 0, 200));
    conversation.serverSends(data(1, END, "hello"));

    Exchange exchange = traced.only();
    assertThat(traced.summary()).containsExactly("GET /a?b=1 a.example 200 complete");
    assertThat(exchange.protocol()).isEqualTo("http/2");
    assertThat(exchange.response().headers().first("server")).isEqualTo("test");
    Timing timing = exchange.timing();
    assertThat(timing.responseFirst() - timing.requestLast()).isEqualTo(MILLISECOND);
    assertThat(timing.responseLast() - timing.responseFirst()).isEqualTo(MILLISECOND);
    assertThat(timing.handshakeAck() - timing.syn()).isEqualTo(2 * MILLISECOND);
    assertThat(exchange.response().stats().bodyBytes()).isEqualTo(5);
    assertThat(exchange.response().stats().packets()).isEqualTo(2);
  }

  @Test
  void shouldCountTheBytesOfAStreamsOwnFrames() {
    begin();
    byte[] head = client.post(1, "/");
    byte[] padded = frame(Frame.DATA, END | Frame.PADDED, 1, new byte[] {3}, new byte[10 + 3]);
    conversation.clientSends(join(head, data(1, 0, "12345"), padded));
    conversation.serverSends(server.respond(1, END, 204));

    MessageStats stats = traced.only().request().stats();
    assertThat(stats.bytes()).isEqualTo(head.length + 14 + padded.length);
    assertThat(stats.headerBytes()).isEqualTo(head.length - 9);
    assertThat(stats.bodyBytes()).isEqualTo(15);
    assertThat(stats.packets()).isEqualTo(1);
  }

  /** Everything that a frame may have, in two directions. */
  private byte[][] everything() {
    byte[] block = client.block(Peer.request("POST", "/upload"));
    byte[] first = Arrays.copyOf(block, 7);
    byte[] rest = Arrays.copyOfRange(block, 7, block.length);
    byte[] prioritized =
        frame(
            Frame.HEADERS,
            Frame.PADDED | Frame.PRIORITIZED,
            1,
            new byte[] {2, 0, 0, 0, 0, 16},
            first,
            new byte[2]);
    byte[] requests =
        join(
            PREFACE,
            SETTINGS,
            frame(Frame.WINDOW_UPDATE, 0, 0, ints(1 << 20)),
            frame(Frame.PRIORITY, 0, 3, new byte[5]),
            prioritized,
            frame(Frame.CONTINUATION, 0, 1, Arrays.copyOf(rest, 3)),
            frame(Frame.CONTINUATION, END_HEADERS, 1, Arrays.copyOfRange(rest, 3, rest.length)),
            frame(0x42, 0xff, 1, new byte[20]),
            data(1, 0, "abc"),
            frame(Frame.PING, 0, 0, new byte[8]),
            client.get(3, "/other"),
            frame(Frame.DATA, Frame.PADDED, 1, new byte[] {0}, new byte[4]),
            client.headers(1, END, "x-trailer", "1"));
    byte[] responses =
        join(
            SETTINGS,
            SETTINGS_ACK,
            server.headers(1, 0, ":status", "103", "link", "</a>"),
            frame(
                Frame.PUSH_PROMISE,
                END_HEADERS,
                1,
                ints(2),
                server.block(Peer.request("GET", "/pushed"))),
            server.respond(3, 0, 404),
            server.respond(1, 0, 200),
            data(3, END, ""),
            server.respond(2, 0, 200),
            data(1, 0, new byte[1000]),
            data(2, END, "pushed"),
            server.headers(1, END, "x-trailer", "2"),
            frame(Frame.GOAWAY, 0, 0, ints(3, 0), new byte[5]));
    return new byte[][] {requests, responses};
  }

  private static final String[] EVERYTHING = {
    "GET /other a.example 404 complete",
    "GET /pushed a.example 200 complete",
    "POST /upload a.example 200 complete"
  };

  @Test
  void shouldReadEveryFrame() {
    byte[][] sides = everything();
    conversation.handshake().clientSends(sides[0]).serverSends(sides[1]);

    assertThat(traced.summary()).containsExactly(EVERYTHING);
    Exchange upload = traced.exchanges().getLast();
    assertThat(upload.request().stats().bodyBytes()).isEqualTo(7);
    assertThat(upload.response().stats().bodyBytes()).isEqualTo(1000);
    assertThat(upload.timing().interims()).singleElement().returns(103, Interim::status);
    assertThat(traced.counters().parseErrors()).isZero();
  }

  @Test
  void shouldReadTheSameAtEverySplit() {
    byte[][] sides = everything();
    for (int split = 1; split < Math.max(sides[0].length, sides[1].length); split++) {
      Traced one = new Traced();
      TcpConversation each = one.conversation().handshake();
      for (int side = 0; side < 2; side++) {
        int at = Math.min(split, sides[side].length - 1);
        byte[] head = Arrays.copyOf(sides[side], at);
        byte[] tail = Arrays.copyOfRange(sides[side], at, sides[side].length);
        if (side == 0) {
          each.clientSends(head).clientSends(tail);
        } else {
          each.serverSends(head).serverSends(tail);
        }
      }
      assertThat(one.summary()).as("split=%d", split).containsExactly(EVERYTHING);
    }
  }

  @Test
  void shouldReadByteByByte() {
    byte[][] sides = everything();
    conversation.handshake();
    for (byte b : sides[0]) {
      conversation.clientSends(new byte[] {b});
    }
    for (byte b : sides[1]) {
      conversation.serverSends(new byte[] {b});
    }

    assertThat(traced.summary()).containsExactly(EVERYTHING);
  }

  @Test
  void shouldTakeAServersSettingsFirst() {
    conversation.handshake().serverSends(SETTINGS).clientSends(join(PREFACE, SETTINGS));
    conversation.clientSends(client.get(1, "/")).serverSends(server.respond(1, END, 200));

    assertThat(traced.summary()).containsExactly("GET / a.example 200 complete");
  }

  @Test
  void shouldWaitForARequestThatIsDeliveredLate() {
    begin();
    conversation.serverSends(server.respond(1, END, 200));
    assertThat(traced.exchanges()).isEmpty();
    conversation.clientSends(client.get(1, "/late"));

    assertThat(traced.summary()).containsExactly("GET /late a.example 200 complete");
  }

  @ParameterizedTest
  @CsvSource({"0, complete", "8, complete"})
  void shouldEndAnAnsweredRequestThatIsCutShort(int code, String outcome) {
    begin();
    conversation.clientSends(join(client.post(1, "/up"), data(1, 0, "part")));
    conversation.serverSends(join(server.respond(1, END, 413), reset(1, code)));

    assertThat(traced.summary()).containsExactly("POST /up a.example 413 " + outcome);
  }

  @Test
  void shouldEndAStreamThatEitherSideResets() {
    begin();
    conversation.clientSends(join(client.get(1, "/1"), client.get(3, "/3"), reset(1, 8)));
    conversation.serverSends(join(server.respond(1, 0, 200), data(1, END, "late"), reset(3, 7)));
    conversation.clientFin().serverFin();

    assertThat(traced.summary())
        .containsExactly("GET /1 a.example 0 reset", "GET /3 a.example 0 reset");
  }

  @Test
  void shouldEndStreamsThatGoAwayRefuses() {
    begin();
    conversation.clientSends(join(client.get(1, "/1"), client.get(3, "/3")));
    conversation.serverSends(frame(Frame.GOAWAY, 0, 0, ints(1, 0)));
    conversation.serverSends(server.respond(1, END, 200)).serverFin().clientFin();

    assertThat(traced.summary())
        .containsExactly("GET /3 a.example 0 no-response", "GET /1 a.example 200 complete");
  }

  @Test
  void shouldSayHowAConnectionsEndCutsItsStreams() {
    begin();
    conversation.clientSends(join(client.get(1, "/1"), client.get(3, "/3"), client.post(5, "/5")));
    conversation.serverSends(server.respond(1, 0, 200)).serverFin().clientFin();
    assertThat(traced.summary())
        .containsExactly(
            "GET /1 a.example 200 aborted",
            "GET /3 a.example 0 no-response",
            "POST /5 a.example 0 aborted");
  }

  @Test
  void shouldSayWhatIsStillOpen() {
    begin();
    conversation.clientSends(client.get(1, "/events")).serverSends(server.respond(1, 0, 200));

    assertThat(traced.close().summary()).containsExactly("GET /events a.example 200 still-open");
  }

  @Test
  void shouldPutCookiesTogetherAndTakeTheHostField() {
    begin();
    conversation.clientSends(
        client.headers(
            1,
            END,
            ":method",
            "GET",
            ":path",
            "/",
            "host",
            "h.example",
            "cookie",
            "a=1",
            "cookie",
            "b=2"));
    conversation.serverSends(server.respond(1, END, 200));

    assertThat(traced.summary()).containsExactly("GET / h.example 200 complete");
    assertThat(traced.only().request().headers())
        .isEqualTo(Headers.of(List.of(new Headers.Field("cookie", "a=1; b=2"))));
  }

  @Test
  void shouldReadConnect() {
    begin();
    conversation.clientSends(client.headers(1, 0, ":method", "CONNECT", ":authority", "x:443"));
    conversation.clientSends(client.webSocket(3));
    conversation.serverSends(join(server.respond(1, 0, 200), server.respond(3, 0, 200)));
    conversation.clientSends(join(data(1, END, "x"), data(3, END, "y")));
    conversation.serverSends(join(data(1, END, "x"), data(3, END, "y")));

    assertThat(traced.summary())
        .containsExactly(
            "CONNECT /chat a.example 200 complete",
            "CONNECT x:443 x:443 200 complete",
            "- - - 0 complete");
  }

  @Test
  void shouldFollowTableSizesInBothDirections() {
    begin();
    client.tableSize(0);
    conversation.serverSends(Peer.setting(Frame.HEADER_TABLE_SIZE, 0));
    conversation.clientSends(client.get(1, "/1"));
    client.tableSize(16_384);
    conversation.serverSends(Peer.setting(Frame.HEADER_TABLE_SIZE, 16_384));
    for (int id = 3; id < 303; id += 2) {
      conversation.clientSends(client.get(id, "/" + "x".repeat(100) + id));
      conversation.serverSends(server.respond(id, END, 200));
    }
    conversation.clientSends(client.get(303, "/" + "x".repeat(100) + 203));
    conversation.serverSends(server.respond(303, END, 200));

    assertThat(traced.exchanges()).hasSize(151);
    assertThat(traced.exchanges()).allMatch(Exchange::complete);
    assertThat(traced.exchanges().getLast().request().target()).endsWith("x203");
  }

  @Test
  void shouldGiveUpWhatStopsBeingFrames() {
    begin();
    conversation.clientSends(client.get(1, "/1"));
    conversation.clientSends(frame(Frame.DATA, 0, 0, new byte[3]));
    conversation.serverSends(server.respond(1, END, 200));

    assertThat(traced.summary()).containsExactly("GET /1 a.example 0 parse-error");
    assertThat(traced.counters().parseErrors()).isEqualTo(1);
  }

  @Test
  void shouldCountAContinuationOfNothing() {
    begin();
    conversation.clientSends(
        Peer.frame(Frame.CONTINUATION, Peer.END_HEADERS, 1, client.block("a", "b")));
    conversation.clientSends(client.get(1, "/1")).serverSends(server.respond(1, END, 200));

    assertThat(traced.counters().parseErrors()).isEqualTo(1);
    assertThat(traced.summary()).containsExactly("GET /1 a.example 200 complete");
  }

  @Test
  void shouldLeaveOtherExchangesAloneWhenABlockIsInvalid() {
    begin();
    conversation.clientSends(
        join(
            client.get(1, "/1"),
            frame(Frame.HEADERS, END_HEADERS | END, 3, new byte[] {(byte) 0x82, (byte) 0xff, 0x7f}),
            new Peer().get(5, "/5")));
    conversation.serverSends(join(server.respond(1, END, 200), server.respond(3, END, 400)));
    conversation.serverSends(server.respond(5, END, 200));

    assertThat(traced.summary())
        .containsExactly(
            "GET /1 a.example 200 complete",
            "GET - - 400 parse-error",
            "GET /5 a.example 200 complete");
    assertThat(traced.counters().exchanges(Outcome.PARSE_ERROR)).isEqualTo(1);
  }
}
