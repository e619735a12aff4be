// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import static io.wirespan.protocol.http2.Peer.END;
import static io.wirespan.protocol.http2.Peer.PREFACE;
import static io.wirespan.protocol.http2.Peer.SETTINGS;
import static io.wirespan.protocol.http2.Peer.data;
import static io.wirespan.protocol.http2.Peer.join;
import static io.wirespan.protocol.http2.Peer.reset;
import static io.wirespan.protocol.websocket.Frames.frame;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Detail;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.Traced;
import io.wirespan.tcp.TcpConversation;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** WebSocket over a stream of HTTP/2 (RFC 8441). */
class WebSocketStreamTest {
  private static final String EXCHANGE = "CONNECT /chat a.example 200 complete";
  private static final byte[] HELLO = frame(0x81, true, "hello".getBytes());
  private static final byte[] CLOSE = frame(0x88, true, new byte[] {3, (byte) 0xe8});

  private final Traced traced = new Traced();
  private final TcpConversation conversation = traced.conversation();
  private final Peer client = new Peer();
  private final Peer server = new Peer();

  @BeforeEach
  void begin() {
    conversation.handshake().clientSends(join(PREFACE, SETTINGS)).serverSends(SETTINGS);
  }

  private void open(int id) {
    conversation.clientSends(client.webSocket(id)).serverSends(server.respond(id, 0, 200));
  }

  private static Detail webSocket(Detail.WebSocketSide client, Detail.WebSocketSide server) {
    return new Detail.WebSocket(client, server, 1000);
  }

  @Test
  void shouldGiveTheHandshakeAndThenOneRecord() {
    open(1);
    assertThat(traced.summary()).containsExactly(EXCHANGE);
    byte[] frames = join(frame(0x82, false, new byte[20_000]), frame(0x89, false, new byte[3]));
    for (int from = 0; from < frames.length; from += 700) {
      byte[] piece = Arrays.copyOfRange(frames, from, Math.min(frames.length, from + 700));
      conversation.serverSends(data(1, 0, piece));
      conversation.clientSends(client.get(from / 350 + 3, "/beside"));
      conversation.serverSends(server.respond(from / 350 + 3, END, 404));
    }
    conversation.clientSends(data(1, 0, HELLO)).clientSends(data(1, END, CLOSE));
    conversation.serverSends(data(1, END, ""));

    Exchange record = traced.exchanges().getLast();
    assertThat(traced.exchanges()).hasSize(2 + 29);
    assertThat(record.protocol()).isEqualTo(Exchange.WEBSOCKET);
    assertThat(record.request().seen()).isFalse();
    assertThat(record.outcome()).isEqualTo(Outcome.COMPLETE);
    assertThat(record.detail())
        .isEqualTo(
            webSocket(new Detail.WebSocketSide(2, 1, 5), new Detail.WebSocketSide(2, 1, 20_000)));
    assertThat(record.request().stats().bodyBytes()).isEqualTo(HELLO.length + CLOSE.length);
    assertThat(record.response().stats().bodyBytes()).isEqualTo(frames.length);
    assertThat(record.timing().start()).isGreaterThan(traced.exchanges().getFirst().timing().end());
    assertThat(record.timing().end()).isGreaterThan(record.timing().start());
  }

  @Test
  void shouldNotLoseWhatFollowsTheResponseInItsPacket() {
    conversation.clientSends(client.webSocket(1));
    conversation.serverSends(join(server.respond(1, 0, 200), data(1, END, CLOSE)));
    conversation.clientSends(data(1, END, HELLO));

    assertThat(traced.exchanges().getLast().detail())
        .isEqualTo(webSocket(new Detail.WebSocketSide(1, 1, 5), new Detail.WebSocketSide(1, 0, 0)));
  }

  @Test
  void shouldSayHowItEnded() {
    open(1);
    open(3);
    open(5);
    conversation.clientSends(reset(3, 8));
    conversation.serverSends(Peer.frame(Frame.GOAWAY, 0, 0, Peer.ints(1, 0)));
    conversation.serverFin().clientFin();

    assertThat(traced.summary())
        .containsExactly(
            EXCHANGE, EXCHANGE, EXCHANGE, "- - - 0 reset", "- - - 0 complete", "- - - 0 complete");
  }

  @Test
  void shouldSayThatItIsStillOpen() {
    open(1);
    conversation.clientSends(data(1, 0, HELLO));

    assertThat(traced.close().summary()).containsExactly(EXCHANGE, "- - - 0 still-open");
  }

  @Test
  void shouldGiveNoRecordOfOneThatIsRefused() {
    conversation.clientSends(client.webSocket(1)).serverSends(server.respond(1, 0, 403));
    conversation.serverSends(data(1, END, "no")).clientSends(data(1, END, ""));

    assertThat(traced.summary()).containsExactly("CONNECT /chat a.example 403 complete");
    assertThat(traced.only().response().stats().bodyBytes()).isEqualTo(2);
  }
}
