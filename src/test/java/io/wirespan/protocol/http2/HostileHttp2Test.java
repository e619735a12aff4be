// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import static io.wirespan.protocol.http2.Peer.END;
import static io.wirespan.protocol.http2.Peer.END_HEADERS;
import static io.wirespan.protocol.http2.Peer.PREFACE;
import static io.wirespan.protocol.http2.Peer.SETTINGS;
import static io.wirespan.protocol.http2.Peer.frame;
import static io.wirespan.protocol.http2.Peer.join;
import static io.wirespan.protocol.http2.Peer.reset;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.wirespan.capture.TraceRules;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.ProtocolLimits;
import io.wirespan.protocol.Traced;
import io.wirespan.tcp.TcpConversation;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What costs an endpoint its memory or its time must cost us neither, and be counted. */
class HostileHttp2Test {
  private static final ProtocolLimits LIMITS =
      new ProtocolLimits(16 << 10, 64 << 10, 50, 1_000_000_000L, 64, 1L << 20);

  private final Traced traced = new Traced(TraceRules.BY_CONTENT, LIMITS);
  private final TcpConversation conversation = traced.conversation();
  private final Peer client = new Peer();
  private final Peer server = new Peer();

  private void begin() {
    conversation.handshake().clientSends(join(PREFACE, SETTINGS)).serverSends(SETTINGS);
  }

  @Test
  void shouldCapAContinuationFlood() {
    begin();
    byte[] block = client.block(Peer.request("GET", "/flood"));
    conversation.clientSends(frame(Frame.HEADERS, END, 1, block));
    byte[] more = frame(Frame.CONTINUATION, 0, 1, new Peer().block("x", "y".repeat(1000)));
    for (int i = 0; i < 1000; i++) {
      conversation.clientSends(more);
    }
    conversation.clientSends(frame(Frame.CONTINUATION, END_HEADERS, 1));
    conversation.serverSends(server.respond(1, END, 431));

    assertThat(traced.summary()).containsExactly("GET /flood a.example 431 parse-error");
    assertThat(traced.counters().parseErrors()).isEqualTo(1);
  }

  /** One large entry, and then a byte for each time that it is named again. */
  @Test
  void shouldCapAHeaderBomb() {
    begin();
    ByteBuf block = Unpooled.buffer();
    block.writeBytes(client.block(":method", "GET", ":path", "/bomb", ":authority", "a"));
    block.writeBytes(client.block("user-agent", "z".repeat(3000)));
    for (int i = 0; i < 10_000; i++) {
      block.writeByte(0x80 | 62);
    }
    byte[] request = frame(Frame.HEADERS, END | END_HEADERS, 1, ByteBufUtil.getBytes(block));
    conversation.clientSends(request).serverSends(server.respond(1, END, 431));
    conversation.clientSends(client.get(3, "/next")).serverSends(server.respond(3, END, 200));

    assertThat(traced.summary())
        .containsExactly("GET /bomb a 431 parse-error", "GET /next a.example 200 complete");
    assertThat(traced.exchanges().getFirst().request().headers().fields()).hasSizeLessThan(10);
  }

  @Test
  void shouldReportARapidResetStreamByStream() {
    begin();
    for (int i = 0; i < 10_000; i++) {
      conversation.clientSends(join(client.get(2 * i + 1, "/"), reset(2 * i + 1, 8)));
    }

    assertThat(traced.counters().exchanges(Outcome.RESET)).isEqualTo(10_000);
    assertThat(traced.counters().pipelineOverflows()).isZero();
  }

  @Test
  void shouldCapStreamsThatAreNeverAnswered() {
    begin();
    for (int i = 0; i < 1000; i++) {
      conversation.clientSends(client.get(2 * i + 1, "/"));
    }
    assertThat(traced.counters().exchanges(Outcome.EVICTED)).isEqualTo(950);
    assertThat(traced.counters().pipelineOverflows()).isEqualTo(950);

    assertThat(traced.close().exchanges()).hasSize(1000);
  }

  @Test
  void shouldCapTheTextOfOpenStreams() {
    begin();
    for (int i = 0; i < 40; i++) {
      conversation.clientSends(client.get(2 * i + 1, "/" + i + "x".repeat(8000)));
    }

    assertThat(traced.counters().exchanges(Outcome.EVICTED)).isBetween(30L, 40L);
    assertThat(traced.counters().headBufferRefusals()).isPositive();
    assertThat(traced.close().exchanges()).hasSize(40);
  }

  @Test
  void shouldStandRandomBytesInFrames() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      Traced each = new Traced(TraceRules.BY_CONTENT, LIMITS);
      TcpConversation talk = each.conversation();
      if (seed % 2 == 0) {
        talk.handshake().clientSends(join(PREFACE, SETTINGS)).serverSends(SETTINGS);
      }
      for (int i = 0; i < 40; i++) {
        byte[] payload = new byte[random.nextInt(60)];
        random.nextBytes(payload);
        byte[] bytes = frame(random.nextInt(11), random.nextInt(256), random.nextInt(9), payload);
        if (random.nextBoolean()) {
          talk.clientSends(bytes);
        } else {
          talk.serverSends(bytes);
        }
      }
      long counted = 0;
      each.close();
      for (Outcome outcome : Outcome.values()) {
        counted += each.counters().exchanges(outcome);
      }
      assertThat(each.exchanges()).hasSize((int) counted);
    }
  }
}
