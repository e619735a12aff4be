// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import static io.wirespan.protocol.http2.Peer.PREFACE;
import static io.wirespan.protocol.http2.Peer.SETTINGS;
import static io.wirespan.protocol.http2.Peer.data;
import static io.wirespan.protocol.http2.Peer.join;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.capture.Protocol;
import io.wirespan.protocol.http2.Peer;
import io.wirespan.tcp.TcpConversation;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What can be told of exchanges while they are open, and that telling changes nothing. */
class OpenExchangesTest {
  private final Traced traced = new Traced();
  private final TcpConversation conversation = traced.conversation().handshake();

  private static List<String> summary(List<Exchange> exchanges) {
    return exchanges.stream().map(Traced::summary).toList();
  }

  @Test
  void shouldTellAnEventStreamUntilItEnds() {
    assertThat(traced.open()).isEmpty();
    conversation.clientSends("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
    assertThat(summary(traced.open())).containsExactly("GET /events a 0 still-open");
    conversation.serverSends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 1; i < 4; i++) {
      conversation.serverSends("5\r\ndata\n\r\n");
      assertThat(summary(traced.open())).containsExactly("GET /events a 200 still-open");
      assertThat(traced.open().getFirst().response().stats().bodyBytes()).isEqualTo(5L * i);
    }
    assertThat(traced.exchanges()).isEmpty();
    conversation.serverSends("0\r\n\r\n");

    assertThat(traced.open()).isEmpty();
    assertThat(traced.summary()).containsExactly("GET /events a 200 complete");
  }

  @Test
  void shouldTellStreams() {
    Peer client = new Peer();
    Peer server = new Peer();
    conversation.clientSends(join(PREFACE, SETTINGS, client.get(1, "/1"), client.get(3, "/3")));
    conversation.serverSends(join(SETTINGS, server.respond(3, 0, 200), data(3, 0, "x")));
    assertThat(summary(traced.open()))
        .containsExactly("GET /1 a.example 0 still-open", "GET /3 a.example 200 still-open");
    conversation.serverSends(join(data(3, Peer.END, "y"), server.respond(1, Peer.END, 404)));

    assertThat(traced.open()).isEmpty();
    assertThat(traced.summary())
        .containsExactly("GET /3 a.example 200 complete", "GET /1 a.example 404 complete");
  }

  @Test
  void shouldTellAWebSocket() {
    conversation.clientSends("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n");
    conversation.serverSends("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n");
    assertThat(traced.open()).isEmpty();
    conversation.serverSends(new byte[] {(byte) 0x81, 2, 'h', 'i'});

    Exchange record = traced.open().getFirst();
    assertThat(record.protocol()).isEqualTo(Exchange.WEBSOCKET);
    assertThat(record.outcome()).isEqualTo(Outcome.STILL_OPEN);
    assertThat(((Detail.WebSocket) record.detail()).server().messages()).isEqualTo(1);
    assertThat(traced.close().exchanges().getLast()).isEqualTo(record);
  }

  @Test
  void shouldTellADeclaredConnection() {
    Traced tcp = Traced.declared(Protocol.TCP);
    tcp.conversation().handshake().clientSends("x").serverSends("yz");

    Exchange record = tcp.open().getFirst();
    assertThat(tcp.open()).hasSize(1);
    assertThat(record.response().stats().bodyBytes()).isEqualTo(2);
    assertThat(tcp.close().exchanges()).containsExactly(record);
  }
}
