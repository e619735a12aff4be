// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import static io.wirespan.protocol.http2.Peer.END;
import static io.wirespan.protocol.http2.Peer.PREFACE;
import static io.wirespan.protocol.http2.Peer.SETTINGS;
import static io.wirespan.protocol.http2.Peer.data;
import static io.wirespan.protocol.http2.Peer.join;
import static io.wirespan.protocol.http2.Peer.reset;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.wirespan.protocol.Detail;
import io.wirespan.protocol.Detail.CallEnd;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.Traced;
import io.wirespan.tcp.TcpConversation;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcTest {
  private static final long MILLISECOND = 1_000_000;

  private final Traced traced = new Traced();
  private final TcpConversation conversation = traced.conversation();
  private final Peer client = new Peer();
  private final Peer server = new Peer();

  @BeforeEach
  void begin() {
    conversation.handshake().clientSends(join(PREFACE, SETTINGS)).serverSends(SETTINGS);
  }

  private byte[] call(int id, String contentType) {
    return call(id, contentType, "te", "trailers");
  }

  private byte[] call(int id, String contentType, String field, String value) {
    return client.headers(
        id,
        0,
        ":method",
        "POST",
        ":scheme",
        "http",
        ":path",
        "/shop.Cart/Add",
        ":authority",
        "c",
        "content-type",
        contentType,
        field,
        value);
  }

  private byte[] answer(int id) {
    return server.headers(id, 0, ":status", "200", "content-type", "application/grpc");
  }

  private byte[] trailers(int id, int status) {
    return server.headers(id, END, "grpc-status", Integer.toString(status), "grpc-message", "");
  }

  static byte[] message(int flags, int length) {
    ByteBuf message = Unpooled.buffer().writeByte(flags).writeInt(length).writeZero(length);
    return ByteBufUtil.getBytes(message);
  }

  private Detail.Grpc grpc(Exchange exchange) {
    return (Detail.Grpc) exchange.detail();
  }

  /** A call of the one method without a timeout. */
  private static Detail.Grpc call(int status, int requests, int responses, CallEnd end) {
    return new Detail.Grpc("shop.Cart", "Add", status, requests, responses, Detail.UNKNOWN, end);
  }

  @Test
  void shouldEndAUnaryCallAtItsTrailers() {
    conversation.clientSends(join(call(1, "application/grpc"), data(1, END, message(0, 20))));
    conversation.serverSends(answer(1)).serverSends(data(1, 0, message(0, 7)));
    conversation.pause(5 * MILLISECOND).serverSends(trailers(1, 0));

    Exchange exchange = traced.only();
    assertThat(exchange.outcome()).isEqualTo(Outcome.COMPLETE);
    assertThat(grpc(exchange)).isEqualTo(call(0, 1, 1, CallEnd.STATUS));
    assertThat(exchange.timing().responseLast() - exchange.timing().responseFirst())
        .isEqualTo(7 * MILLISECOND);
  }

  @Test
  void shouldCountMessagesWhereverFramesAreCut() {
    byte[] stream = join(message(0, 0), message(1, 300), message(0, 5), message(0, 70_000));
    for (int cut = 1; cut < 40; cut++) {
      int id = 2 * cut - 1;
      conversation.clientSends(call(id, "application/grpc+proto"));
      for (int from = 0; from < stream.length; from += from < 500 ? cut : 16_000) {
        int to = Math.min(stream.length, from + (from < 500 ? cut : 16_000));
        conversation.clientSends(data(id, 0, Arrays.copyOfRange(stream, from, to)));
      }
      conversation.clientSends(data(id, END, ""));
      conversation.serverSends(join(answer(id), trailers(id, 0)));
    }

    assertThat(traced.exchanges())
        .hasSize(39)
        .allMatch(exchange -> grpc(exchange).requestMessages() == 4)
        .allMatch(exchange -> grpc(exchange).responseMessages() == 0);
  }

  @Test
  void shouldReadAResponseThatIsNothingButTrailers() {
    conversation.clientSends(join(call(1, "application/grpc"), data(1, END, message(0, 1))));
    conversation.serverSends(
        server.headers(
            1, END, ":status", "200", "content-type", "application/grpc", "grpc-status", "12"));

    assertThat(grpc(traced.only())).isEqualTo(call(12, 1, 0, CallEnd.STATUS));
  }

  @Test
  void shouldSayThatACancelledCallHasNoStatus() {
    conversation.clientSends(join(call(1, "application/grpc"), data(1, 0, message(0, 1))));
    conversation.serverSends(join(answer(1), data(1, 0, message(0, 1)), data(1, 0, message(0, 1))));
    conversation.clientSends(reset(1, 8));

    assertThat(traced.only().outcome()).isEqualTo(Outcome.RESET);
    assertThat(grpc(traced.only())).isEqualTo(call(Detail.UNKNOWN, 1, 2, CallEnd.CANCELLED));
  }

  @ParameterizedTest
  @CsvSource({
    "100m, 60, 8, CANCELLED",
    "100m, 95, 8, DEADLINE",
    "100000u, 2000, 8, DEADLINE",
    "100m, 2000, 2, UNKNOWN",
    "1H, 2000, 8, CANCELLED",
    "99999999H, 2000, 8, CANCELLED",
    "100, 2000, 8, CANCELLED",
    "m, 2000, 8, CANCELLED",
    "1x0m, 2000, 8, CANCELLED",
    "100000000n, 2000, 8, CANCELLED",
  })
  void shouldTellADeadlineFromACancellation(String timeout, long millis, int code, CallEnd end) {
    conversation.clientSends(call(1, "application/grpc", "grpc-timeout", timeout));
    conversation.clientSends(data(1, END, message(0, 20)));
    conversation.pause(millis * MILLISECOND).serverSends(reset(1, code));

    assertThat(traced.only().outcome()).isEqualTo(Outcome.RESET);
    assertThat(grpc(traced.only()).end()).isEqualTo(end);
    assertThat(grpc(traced.only()).requestMessages()).isEqualTo(1);
  }

  @Test
  void shouldSayWhatTheClientsTimeoutWas() {
    conversation.clientSends(call(1, "application/grpc", "grpc-timeout", "1500m"));
    conversation.clientSends(data(1, END, message(0, 20)));
    conversation.pause(2_000 * MILLISECOND).serverSends(join(answer(1), trailers(1, 0)));

    assertThat(grpc(traced.only()).timeoutNanos()).isEqualTo(1500 * MILLISECOND);
    assertThat(grpc(traced.only()).end()).isEqualTo(CallEnd.STATUS);
  }

  @Test
  void shouldLastUntilTheResetOfACallThatIsNotAnswered() {
    conversation.clientSends(join(call(1, "application/grpc"), data(1, END, message(0, 1))));
    conversation.pause(2_000 * MILLISECOND).clientSends(reset(1, 8));

    assertThat(traced.only().timing().end() - traced.only().timing().start())
        .isEqualTo(2_001 * MILLISECOND);
  }

  /** As grpc-java does when a deadline passes before its messages are sent. */
  @Test
  void shouldNotCountWhatFollowsAReset() {
    conversation.clientSends(
        join(call(1, "application/grpc"), reset(1, 8), data(1, END, message(0, 1))));
    conversation.serverSends(reset(1, 8));

    assertThat(grpc(traced.only())).isEqualTo(call(Detail.UNKNOWN, 0, 0, CallEnd.CANCELLED));
  }

  @Test
  void shouldEndACallThatTheServerEndsEarly() {
    conversation.clientSends(join(call(1, "application/grpc"), data(1, 0, message(0, 1))));
    conversation.serverSends(join(answer(1), trailers(1, 8), reset(1, 0)));

    assertThat(traced.only().outcome()).isEqualTo(Outcome.COMPLETE);
    assertThat(grpc(traced.only()).status()).isEqualTo(8);
  }

  @Test
  void shouldReadTheTrailersOfGrpcWeb() {
    byte[] text = "grpc-status: 5\r\ngrpc-message: none\r\n".getBytes();
    ByteBuf trailer = Unpooled.buffer().writeByte(0x80).writeInt(text.length).writeBytes(text);
    conversation.clientSends(
        join(call(1, "application/grpc-web+proto"), data(1, END, message(0, 1))));
    conversation.serverSends(
        server.headers(1, 0, ":status", "200", "content-type", "application/grpc-web+proto"));
    conversation.serverSends(data(1, END, join(message(0, 3), ByteBufUtil.getBytes(trailer))));

    assertThat(grpc(traced.only())).isEqualTo(call(5, 1, 1, CallEnd.STATUS));
  }

  @Test
  void shouldSayThatMessagesCannotBeCountedAcrossALoss() {
    conversation.clientSends(join(call(1, "application/grpc"), data(1, END, message(0, 1))));
    byte[] content = data(1, 0, join(message(0, 100), message(0, 100)));
    conversation.serverSends(join(answer(1), Arrays.copyOf(content, 60))).serverLoses(80);
    conversation.serverSends(Arrays.copyOfRange(content, 140, content.length)).clientAcks();
    traced.tick(1000 * MILLISECOND);
    conversation.serverSends(trailers(1, 0));

    assertThat(grpc(traced.only()).status()).isZero();
    assertThat(grpc(traced.only()).responseMessages()).isEqualTo(Detail.UNKNOWN);
  }

  @Test
  void shouldNotCallACallCompleteWhoseStatusIsOfAnUnseenTable() {
    Traced later = new Traced();
    TcpConversation joined = later.conversation();
    trailers(1, 13);
    joined.clientSends(join(call(3, "application/grpc"), data(3, END, message(0, 20))));
    joined.serverSends(join(answer(3), data(3, 0, message(0, 7)), trailers(3, 13)));

    Exchange exchange = later.only();
    assertThat(exchange.outcome()).isEqualTo(Outcome.JOINED);
    assertThat(grpc(exchange)).isEqualTo(call(Detail.UNKNOWN, 1, 1, CallEnd.UNKNOWN));
  }
}
