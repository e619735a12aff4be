// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.websocket;

import static io.wirespan.protocol.http2.Peer.join;
import static io.wirespan.protocol.websocket.Frames.frame;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Detail;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.Traced;
import io.wirespan.tcp.TcpConversation;
import org.junit.jupiter.api.Test;

class WebSocketConnectionTest {
  private static final String REQUEST =
      "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
  private static final String RESPONSE =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

  private final Traced traced = new Traced();
  private final TcpConversation conversation = traced.conversation();

  private static byte[] serverFrames() {
    return join(
        frame(0x82, false, new byte[70_000]),
        frame(0x01, false, new byte[200]),
        frame(0x80, false, new byte[0]),
        frame(0x89, false, new byte[4]));
  }

  private void talk() {
    byte[] frames = serverFrames();
    byte[] head = RESPONSE.getBytes();
    conversation.handshake().clientSends(REQUEST);
    conversation.serverSends(join(head, java.util.Arrays.copyOf(frames, 10)));
    for (int from = 10; from < frames.length; from += 1448) {
      int to = Math.min(frames.length, from + 1448);
      conversation.serverSends(java.util.Arrays.copyOfRange(frames, from, to));
    }
    conversation.clientSends(frame(0x81, true, "hello".getBytes()));
    conversation.clientSends(frame(0x88, true, new byte[] {3, (byte) 0xe9}));
  }

  @Test
  void shouldGiveTheHandshakeAndThenOneRecord() {
    talk();
    assertThat(traced.summary()).containsExactly("GET /chat a 101 complete");
    conversation.clientFin().serverFin();

    Exchange record = traced.exchanges().getLast();
    assertThat(traced.exchanges()).hasSize(2);
    assertThat(record.protocol()).isEqualTo("websocket");
    assertThat(record.request().seen()).isFalse();
    assertThat(record.outcome()).isEqualTo(Outcome.COMPLETE);
    assertThat(record.detail())
        .isEqualTo(
            new Detail.WebSocket(
                new Detail.WebSocketSide(2, 1, 5), new Detail.WebSocketSide(4, 2, 70_200), 1001));
    assertThat(record.timing().end()).isGreaterThan(record.timing().start());
  }

  @Test
  void shouldReportWhatIsStillOpen() {
    talk();
    traced.close();

    assertThat(traced.exchanges().getLast().outcome()).isEqualTo(Outcome.STILL_OPEN);
  }
}
