// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import static io.wirespan.protocol.http2.Peer.END;
import static io.wirespan.protocol.http2.Peer.PREFACE;
import static io.wirespan.protocol.http2.Peer.SETTINGS;
import static io.wirespan.protocol.http2.Peer.data;
import static io.wirespan.protocol.http2.Peer.join;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Traced;
import io.wirespan.tcp.TcpConversation;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** h2c: RFC 7540, section 3.2. */
class UpgradeTest {
  private static final byte[] SWITCH =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
          .getBytes(ISO_8859_1);

  private final Traced traced = new Traced();
  private final TcpConversation conversation = traced.conversation();
  private final Peer client = new Peer();
  private final Peer server = new Peer();

  private void ask() {
    conversation.handshake();
    conversation.clientSends(
        "GET /up HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade, HTTP2-Settings\r\n"
            + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");
  }

  @Test
  void shouldGoOnWithTheRequestAsStream1() {
    byte[] answers = join(SWITCH, SETTINGS, server.respond(1, 0, 200), data(1, END, "hi"));
    for (int split = 1; split <= answers.length; split++) {
      Traced each = new Traced();
      TcpConversation talk = each.conversation().handshake();
      Peer next = new Peer();
      talk.clientSends("GET /up HTTP/1.1\r\nHost: a.example\r\nUpgrade: h2c\r\n\r\n");
      talk.serverSends(Arrays.copyOf(answers, split));
      if (split < answers.length) {
        talk.serverSends(Arrays.copyOfRange(answers, split, answers.length));
      }
      talk.clientSends(join(PREFACE, SETTINGS)).clientSends(next.get(3, "/3"));
      talk.serverSends(new Peer().respond(3, END, 404));

      assertThat(each.summary())
          .as("split=%d", split)
          .containsExactly("GET /up a.example 200 complete", "GET /3 a.example 404 complete");
      assertThat(each.exchanges().getFirst().protocol()).isEqualTo("http/2");
      assertThat(each.exchanges().getFirst().timing().requestFirst()).isNotZero();
    }
  }

  @Test
  void shouldReportTheSwitchIfNothingFollows() {
    ask();
    conversation.serverSends(SWITCH).clientSends(join(PREFACE, SETTINGS));

    assertThat(traced.close().summary()).containsExactly("GET /up a.example 101 still-open");
  }

  @Test
  void shouldStayWithHttp1IfTheServerDoes() {
    ask();
    conversation.serverSends("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

    assertThat(traced.summary()).containsExactly("GET /up a.example 200 complete");
    assertThat(client.get(1, "/")).isNotEmpty();
  }
}
