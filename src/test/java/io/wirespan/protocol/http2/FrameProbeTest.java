// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import static io.wirespan.protocol.http2.Peer.END;
import static io.wirespan.protocol.http2.Peer.data;
import static io.wirespan.protocol.http2.Peer.frame;
import static io.wirespan.protocol.http2.Peer.ints;
import static io.wirespan.protocol.http2.Peer.join;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.wirespan.tcp.StreamHandlerFactory.Sender;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrameProbeTest {
  private static boolean found(byte[] bytes) {
    return FrameProbe.findsFrames(Unpooled.wrappedBuffer(bytes));
  }

  private static Sender sender(byte[] bytes) {
    return FrameProbe.senderOf(Unpooled.wrappedBuffer(bytes));
  }

  @Test
  void shouldFindFramesOfARunningConnection() {
    byte[] request = new Peer().get(4711, "/x");
    byte[] ping = frame(Frame.PING, 0, 0, new byte[8]);
    byte[] window = frame(Frame.WINDOW_UPDATE, 0, 0, ints(5));

    assertThat(found(request)).isTrue();
    assertThat(found(join(request, data(4711, END, "hello")))).isTrue();
    assertThat(found(join(data(1, END, "hello"), request))).isTrue();
    assertThat(found(Arrays.copyOf(request, request.length - 4))).isTrue();
    assertThat(found(ping)).isTrue();
    assertThat(found(join(window, ping))).isTrue();
    assertThat(found(join(data(1, 0, "a"), data(3, 0, "b"), data(1, END, "c")))).isTrue();
  }

  @Test
  void shouldNotBelieveASingleDataFrame() {
    assertThat(found(data(1, END, "hello"))).isFalse();
    assertThat(found(Arrays.copyOf(data(1, END, new byte[9000]), 1448))).isFalse();
    assertThat(found(new byte[1448])).isFalse();
    assertThat(found(new byte[0])).isFalse();
  }

  @Test
  void shouldTellWhoSends() {
    Peer client = new Peer();
    Peer server = new Peer();

    assertThat(sender(client.get(1, "/"))).isEqualTo(Sender.CLIENT);
    assertThat(sender(client.get(3, "/"))).isEqualTo(Sender.CLIENT);
    assertThat(sender(server.respond(1, 0, 200))).isEqualTo(Sender.SERVER);
    assertThat(sender(server.respond(1, 0, 418))).isEqualTo(Sender.SERVER);
    assertThat(sender(frame(Frame.PING, 0, 0, new byte[8]))).isEqualTo(Sender.UNKNOWN);
    assertThat(sender("GET / HTTP/1.1\r\n\r\n".getBytes())).isEqualTo(Sender.UNKNOWN);
  }

  /** The first bytes of what else is on networks. */
  @ParameterizedTest
  @CsvSource({
    "TLS ClientHello, 16030100f8010000f40303c1d2e3f4a5b6c7d8e9f0010203040506070809",
    "TLS data, 170303002b0000000000000001a1b2c3d4e5f60718293a4b5c6d7e8f",
    "MySQL greeting, 4a0000000a382e302e333300080000001d3c4b5a69788796",
    "MySQL query, 0d0000000353454c45435420312b31",
    "MySQL query of 256, 000100010353454c45435420312b312b312b312b312b31",
    "PostgreSQL start, 0000002a0003000075736572006100646174616261736500640000",
    "PostgreSQL SSLRequest, 0000000804d2162f",
    "PostgreSQL cancel, 0000001004d2162e0000100000002000",
    "PostgreSQL query, 510000000d53454c454354203100",
    "MongoDB OP_MSG, d400000001000000000000dd0700000000000000bf00000010",
    "MongoDB of 256, 000100000100000000000000dd07000000000000bf000000",
    "Redis, 2a310d0a24340d0a50494e470d0a",
    "Kafka ApiVersions, 00000022001200030000000100096b61666b612d636c690000",
    "Kafka of 256, 000001010000000800000001000470726f6400010000",
    "Kafka response, 0000010400000001000000000000000000000000",
    "AMQP header, 414d515000000901",
    "AMQP method, 010000000000050014000a00ce",
    "ZooKeeper connect, 0000002d000000000000000000000000000075300000000000000000",
    "ZooKeeper ping, 00000008fffffffe0000000b",
    "Thrift framed, 0000001c800100010000000470696e6700000001",
    "Thrift framed of 4, 00000004800100010000000470696e6700000001",
    "Cassandra, 0400000001000000160001000b43514c5f56455253494f4e",
    "Oracle TNS, 003a0000010000000138012c000000000000",
    "SMB2, 000000acfe534d4240000000000000000000",
    "DNS over TCP, 001d04d2010000010000000000000377777707657861",
    "SSH, 5353482d322e302d4f70656e5353485f392e32",
    "memcached, 800000050000000000000005000000000000000000000000",
    "NATS, 494e464f207b22736572766572",
    "zeros, 000000000000000000000000000000000000000000000000",
    "protobuf of 1 byte, 000000010a000000000000000000"
  })
  void shouldNotTakeOtherProtocolsForFrames(String name, String hex) {
    assertThat(found(HexFormat.of().parseHex(hex))).as(name).isFalse();
  }

  @Test
  void shouldHardlyEverTakeRandomBytesForFrames() {
    Random random = new Random(7);
    byte[] bytes = new byte[100];
    int taken = 0;
    for (int i = 0; i < 200_000; i++) {
      random.nextBytes(bytes);
      // As hostile as it gets: a short length that is often 0.
      bytes[0] = 0;
      bytes[1] = 0;
      taken += found(bytes) ? 1 : 0;
    }

    assertThat(taken).isZero();
  }
}
