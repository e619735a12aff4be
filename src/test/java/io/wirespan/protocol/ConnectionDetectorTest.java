// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import static io.wirespan.protocol.Wire.UP;
import static io.wirespan.protocol.Wire.lines;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.wirespan.capture.Protocol;
import io.wirespan.tcp.StreamHandlerFactory.Sender;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionDetectorTest {
  private static final String SETTINGS = "\0\0\0\4\0\0\0\0\0";

  /** HEADERS that end stream 1, of entries of the static table (RFC 7541, appendix A). */
  private static final String GET_2 = "\0\0\3\1\5\0\0\0\1\u0082\u0086\u0084";

  private static final String OK_2 = "\0\0\1\1\5\0\0\0\1\u0088";
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final String GET = "GET / HTTP/1.1\r\n\r\n";
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
        "\u0000\u0000\u0000\u0017",
        "*1\r\n$4\r\nPING\r\n",
        "\u0080\u002e\u0001",
        "{\"json\":1}",
        "get key\r\n",
        "EHLO example.com\r\n",
        "GET /old\r\n",
        "OPTIONS rtsp://a RTSP/1.0\r\n",
        "AVERYLONGTOKENTHATISNOMETHODATALLBUTGOESONANDON",
        " GET / HTTP/1.1\r\n"
      })
  void shouldGiveUpOtherProtocolsAtTheirFirstLine(String text) {
    for (int piece : new int[] {1, 3, 1000}) {
      Wire wire = new Wire().up(text);

      assertThat(wire.exchanges(left -> Math.min(left, piece))).isEmpty();
      assertThat(wire.ignored).isTrue();
      assertThat(wire.counters.connectionsNotHttp()).isOne();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"220 mail ESMTP\r\n", "SSH-2.0-x\r\n", "J\0\0\0\n8.0", "GET / HTTP/1.1\r\n"})
  void shouldGiveUpServersThatSpeakFirst(String banner) {
    Wire wire = new Wire().down(banner).up(GET);

    assertThat(wire.exchanges()).isEmpty();
    assertThat(wire.counters.connectionsNotHttp()).isOne();
  }

  @Test
  void shouldReadHttp2AtEverySplit() {
    for (int piece = 1; piece <= PREFACE.length(); piece++) {
      int length = piece;
      Wire wire = new Wire().declared(Protocol.HTTP).up(PREFACE + GET_2).down(OK_2);

      assertThat(lines(wire.exchanges(left -> Math.min(left, length))))
          .containsExactly("GET / -> 200");
    }
  }

  @Test
  void shouldReadHttp2WhenTheServerIsFirst() {
    for (int piece : new int[] {1, 8, 100}) {
      Wire wire = new Wire().down(SETTINGS).up(PREFACE + GET_2).down(OK_2);

      assertThat(lines(wire.exchanges(left -> Math.min(left, piece))))
          .containsExactly("GET / -> 200");
    }
  }

  @Test
  void shouldReadHttp1OnAPortDeclaredHttp2() {
    assertThat(lines(new Wire().declared(Protocol.HTTP2).up(GET).down(OK).exchanges()))
        .containsExactly("GET / -> 200");
  }

  @Test
  void shouldRecordConnectionsDeclaredTcpOnce() {
    var exchanges = new Wire().declared(Protocol.TCP).up(GET).down(OK).finish().exchanges();

    assertThat(exchanges).singleElement().extracting(Exchange::protocol).isEqualTo("tcp");
    assertThat(exchanges.getFirst().request().seen()).isFalse();
  }

  @Test
  void shouldReadAMethodThatBeginsLikeThePreface() {
    assertThat(lines(new Wire().up("PRINT / HTTP/1.1\r\n\r\n").down(OK).exchanges(left -> 1)))
        .containsExactly("PRINT / -> 200");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY TCP4 192.0.2.1 192.0.2.2 40000 80\r\n",
        "PROXY UNKNOWN\r\n",
        "\r\n\r\n\0\r\nQUIT\n\u0021\u0011\0\u000c\u00c0\0\2\1\u00c0\0\2\2\u009c\u0040\0P",
        "\r\n\r\n\0\r\nQUIT\n\u0020\0\0\0"
      })
  void shouldReadWhatFollowsAProxyHeader(String header) {
    for (String request : new String[] {GET, PREFACE + GET_2}) {
      String response = request.equals(GET) ? OK : OK_2;

      assertThat(lines(new Wire().up(header + request).down(response).exchanges()))
          .containsExactly("GET / -> 200");
      assertThat(lines(new Wire().up(header).up(request).down(response).exchanges()))
          .containsExactly("GET / -> 200");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\4\1\0P\u00c0\0\2\1\0", "\5\1\0", "\5\2\0\1"})
  void shouldFindMessagesBehindSocks(String greeting) {
    Wire http1 = new Wire().up(greeting).down("\5\0").up("\5\1\0").down("\5\0\0");
    assertThat(lines(http1.up(GET).down(OK).up(GET).down(OK).exchanges()))
        .containsExactly("GET / -> 200", "GET / -> 200");

    Wire http2 = new Wire().up(greeting).down("\0\u005a");
    assertThat(lines(http2.up(PREFACE + GET_2).down(OK_2).exchanges()))
        .containsExactly("GET / -> 200");

    Wire tls = new Wire().up(greeting).down("\0\u005a").up("\u0016\3\1\2\0\1");
    assertThat(tls.exchanges()).isEmpty();
    assertThat(tls.ignored).isTrue();
  }

  @Test
  void shouldLookOnWhenJoinedInTheMiddle() {
    Wire wire = new Wire().joined().limits(searching(8, 100));
    for (int i = 0; i < 9; i++) {
      wire.down("\1\2\3");
    }
    assertThat(lines(wire.up(GET).down(OK).exchanges())).containsExactly("GET / -> 200");
  }

  @Test
  void shouldGiveUpWhenNothingIsFound() {
    Wire wire = new Wire().joined().limits(searching(8, 100));
    for (int i = 0; i < 9; i++) {
      wire.down("\1\2\3".repeat(10));
    }
    assertThat(wire.up(GET).exchanges()).isEmpty();
    assertThat(wire.ignored).isTrue();
    assertThat(wire.counters.connectionsNotHttp()).isOne();
  }

  @Test
  void shouldGiveUpTlsInTheMiddleAtOnce() {
    Wire wire = new Wire().joined().down("\u0017\u0003\u0003\u0001\u0000abc");

    assertThat(wire.exchanges()).isEmpty();
    assertThat(wire.counters.connectionsNotHttp()).isOne();
  }

  @Test
  void shouldFindMessagesBehindAGapAtTheBeginning() {
    // Nothing was acknowledged with GET, so the response may be to what was sent before it.
    assertThat(lines(new Wire().lost(UP, 100).up(GET).down(OK).exchanges()))
        .containsExactly("GET / -> ? gap", "? -> 200 no-request");
  }

  @Test
  void shouldLeaveEmptyConnectionsAlone() {
    Wire wire = new Wire().finish();

    assertThat(wire.exchanges()).isEmpty();
    assertThat(wire.counters.connectionsNotHttp()).isZero();
    assertThat(wire.counters.headsUnreadable()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "GET /|CLIENT",
        "\"\r\nPOST /a HTTP/1.1\r\n\"|CLIENT",
        "\"whatever x HTTP/1.1\n\"|CLIENT",
        "\"PRI * HTTP/2.0\r\n\r\n\"|CLIENT",
        "HTTP/1.1 200 OK|SERVER",
        "GE|UNKNOWN",
        "the quick brown fox|UNKNOWN",
        "\"the quick brown fox\r\n\"|UNKNOWN",
        "get key|UNKNOWN",
        "HTTP/x|UNKNOWN"
      })
  void shouldTellWhoSends(String text, Sender sender) {
    ExchangeTracker tracker =
        new ExchangeTracker(
            exchange -> {},
            new HeaderSelection(Set.of(), Set.of()),
            ProtocolLimits.DEFAULTS,
            new ProtocolCounters());
    ByteBuf payload = Unpooled.copiedBuffer("xx" + text, ISO_8859_1).skipBytes(2);

    assertThat(tracker.senderOf(payload)).isEqualTo(sender);
    assertThat(payload.readerIndex()).isEqualTo(2);
  }

  private static ProtocolLimits searching(int segments, long bytes) {
    return new ProtocolLimits(1024, 1 << 20, 10, 1, segments, bytes);
  }
}
