// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import static io.wirespan.protocol.http2.Peer.END;
import static io.wirespan.protocol.http2.Peer.PREFACE;
import static io.wirespan.protocol.http2.Peer.SETTINGS;
import static io.wirespan.protocol.http2.Peer.data;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Traced;
import io.wirespan.tcp.TcpConversation;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random streams, frames in any order that the protocol allows, cut anywhere. */
class InterleavedStreamsTest {
  static IntStream seeds() {
    return IntStream.range(0, 60);
  }

  /** Frames that a side has yet to send on a stream. */
  private record Script(int id, List<byte[]> frames) {}

  private static byte[] interleave(Random random, List<Script> scripts) {
    ByteBuf all = Unpooled.buffer();
    List<Script> open = new ArrayList<>(scripts);
    while (!open.isEmpty()) {
      Script next = open.get(random.nextInt(open.size()));
      all.writeBytes(next.frames().removeFirst());
      if (next.frames().isEmpty()) {
        open.remove(next);
      }
    }
    return ByteBufUtil.getBytes(all);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void shouldTellEveryStreamApart(int seed) {
    Random random = new Random(seed);
    Traced traced = new Traced();
    TcpConversation conversation = traced.conversation().handshake();
    Peer client = new Peer();
    Peer server = new Peer();
    List<String> expected = new ArrayList<>();
    List<Long> bodies = new ArrayList<>();
    ByteBuf requests = Unpooled.buffer().writeBytes(PREFACE).writeBytes(SETTINGS);
    ByteBuf responses = Unpooled.buffer().writeBytes(SETTINGS);
    int id = 1;
    for (int batch = 0; batch < 8; batch++) {
      List<Script> ups = new ArrayList<>();
      List<Script> downs = new ArrayList<>();
      for (int i = random.nextInt(1, 30); i > 0; i--, id += 2) {
        int status = 200 + random.nextInt(300);
        String path = "/" + seed + '/' + id;
        expected.add("POST %s a.example %d complete".formatted(path, status));
        // Blocks go out in the order in which they were encoded; content in any.
        requests.writeBytes(client.post(id, path));
        responses.writeBytes(server.respond(id, 0, status));
        ups.add(content(random, id, bodies));
        downs.add(content(random, id, bodies));
      }
      requests.writeBytes(interleave(random, ups));
      responses.writeBytes(interleave(random, downs));
    }
    while (requests.isReadable() || responses.isReadable()) {
      if (random.nextBoolean()) {
        conversation.clientSends(take(random, requests));
      } else {
        conversation.serverSends(take(random, responses));
      }
    }

    assertThat(traced.summary()).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(
            traced.exchanges().stream()
                .mapToLong(e -> e.request().stats().bodyBytes() + e.response().stats().bodyBytes())
                .sum())
        .isEqualTo(bodies.stream().mapToLong(Long::longValue).sum());
    assertThat(traced.exchanges()).allMatch(Exchange::complete);
  }

  private static Script content(Random random, int id, List<Long> bodies) {
    List<byte[]> frames = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      int length = random.nextInt(2000);
      bodies.add((long) length);
      frames.add(data(id, 0, new byte[length]));
    }
    frames.add(data(id, END, ""));
    return new Script(id, frames);
  }

  private static byte[] take(Random random, ByteBuf from) {
    byte[] segment = new byte[Math.min(from.readableBytes(), random.nextInt(1, 3000))];
    from.readBytes(segment);
    return segment.length == 0 ? new byte[0] : segment;
  }
}
