// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.capture.Protocol;
import io.wirespan.tcp.CloseReason;
import io.wirespan.tcp.TcpConversation;
import org.junit.jupiter.api.Test;

class TcpSessionTest {
  private final Traced traced = Traced.declared(Protocol.TCP);

  @Test
  void shouldGiveARecordOfADeclaredConnection() {
    traced
        .conversation()
        .handshake()
        .clientSends("GET / HTTP/1.1\r\n\r\n")
        .serverSends("anything")
        .serverSends("at all")
        .serverFin()
        .clientFin();

    Exchange record = traced.only();
    assertThat(record.protocol()).isEqualTo("tcp");
    assertThat(record.detail())
        .isEqualTo(new Detail.TcpSession(CloseReason.FINISHED, Detail.ClosedBy.SERVER));
    assertThat(record.request().seen() || record.response().seen()).isFalse();
    assertThat(record.request().stats().bodyBytes()).isEqualTo(18);
    assertThat(record.response().stats().bodyBytes()).isEqualTo(14);
    assertThat(record.request().stats().packets()).isEqualTo(4);
    assertThat(record.response().stats().packets()).isEqualTo(4);
    assertThat(record.timing().end() - record.timing().start()).isEqualTo(7_000_000);
    assertThat(record.timing().handshakeAck()).isNotZero();
  }

  @Test
  void shouldSayThatItWasReset() {
    traced.conversation().handshake().clientSends("x").serverResets();

    assertThat(traced.only().outcome()).isEqualTo(Outcome.RESET);
  }

  @Test
  void shouldGiveARecordOfWhatFollowsAnUpgrade() {
    Traced http = new Traced();
    TcpConversation upgraded = http.conversation().handshake();
    upgraded.clientSends("GET /exec HTTP/1.1\r\nHost: a\r\nUpgrade: other/1\r\n\r\n");
    upgraded.serverSends("HTTP/1.1 101 Switching Protocols\r\nUpgrade: other/1\r\n\r\nhello");
    upgraded.clientSends("0123456789").serverSends("GET / HTTP/1.1\r\n\r\n");
    assertThat(http.summary()).containsExactly("GET /exec a 101 complete");
    upgraded.clientFin().serverFin();

    Exchange record = http.exchanges().getLast();
    assertThat(http.exchanges()).hasSize(2);
    assertThat(record.protocol()).isEqualTo(Exchange.TCP);
    assertThat(record.outcome()).isEqualTo(Outcome.COMPLETE);
    assertThat(record.request().stats().bodyBytes()).isEqualTo(10);
    assertThat(record.response().stats().bodyBytes()).isEqualTo(5 + 18);
    assertThat(record.detail())
        .isEqualTo(new Detail.TcpSession(CloseReason.FINISHED, Detail.ClosedBy.CLIENT));
    assertThat(record.timing().syn()).isZero();
  }
}
