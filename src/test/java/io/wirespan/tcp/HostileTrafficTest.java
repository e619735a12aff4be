// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.Side;
import io.wirespan.capture.TraceRules;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Segments of any kind at any place: handlers must still be called as their contract says. */
class HostileTrafficTest {
  private static final int PACKETS = 5_000;
  private static final CaptureInterface INTERFACE =
      PacketBuilder.captureInterface(LinkType.RAW_IP, Side.UNKNOWN);
  private static final TcpLimits SMALL =
      new TcpLimits(
          new TcpLimits.Connections(
              6, 3, 2, 2_000_000_000L, 500_000_000L, 1_000_000_000L, 300_000_000L),
          new TcpLimits.Buffers(6_000, 3_000, 8, 100_000_000L, 5_000_000L),
          TcpLimits.Fragments.DEFAULT);

  private Random random;

  static IntStream seeds() {
    return IntStream.range(0, 100);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void shouldKeepTheContractsOfHandlersAndCaps(int seed) {
    random = new Random(seed);
    StrictHandlers handlers = new StrictHandlers(random::nextInt);
    ConnectionTable table = new ConnectionTable(handlers, TraceRules.BY_CONTENT, SMALL);
    Packet packet = new Packet();
    long now = 1_000_000_000L;
    for (int i = 1; i <= PACKETS; i++) {
      now += random.nextInt(200) == 0 ? 400_000_000L : random.nextInt(10_000_000);
      byte[] ip = anySegment();
      int captured = random.nextInt(10) == 0 ? 40 + random.nextInt(ip.length - 39) : ip.length;
      ByteBuf bytes = Unpooled.wrappedBuffer(ip);
      packet.wrap(INTERFACE, PacketDirection.UNKNOWN, bytes, 0, captured, ip.length, now, i);
      table.onPacket(packet);
      assertThat(bytes.readerIndex()).isZero();
      assertThat(bytes.writerIndex()).isEqualTo(ip.length);
      assertThat(table.counters().connectionsOpen()).isLessThanOrEqualTo(6);
      // A segment may be split by what is buffered, which then costs some overhead more.
      assertThat(table.counters().bufferedBytes()).isBetween(0L, 6_000L + 8 * 256);
    }
    table.close(now);
    assertThat(table.counters().connectionsOpen()).isZero();
    assertThat(table.counters().bufferedBytes()).isZero();
    assertThat(handlers.closed).isEqualTo(handlers.opened);
    assertThat(handlers.opened).isGreaterThan(10);
  }

  private byte[] anySegment() {
    boolean fromClient = random.nextBoolean();
    int client = random.nextInt(4);
    int flags = PacketBuilder.ACK;
    switch (random.nextInt(30)) {
      case 0 -> flags = PacketBuilder.SYN;
      case 1 -> flags = PacketBuilder.SYN | PacketBuilder.ACK;
      case 2 -> flags = PacketBuilder.RST;
      case 3 -> flags = PacketBuilder.FIN | PacketBuilder.ACK;
      case 4 -> flags = random.nextInt(256);
      default -> flags |= PacketBuilder.PSH;
    }
    int seq = random.nextInt(50) == 0 ? random.nextInt() : -1000 + random.nextInt(4000);
    int ack = random.nextInt(50) == 0 ? random.nextInt() : -1000 + random.nextInt(4000);
    byte[] payload = new byte[random.nextInt(3) == 0 ? 0 : random.nextInt(300)];
    int clientPort = client == 3 ? 80 : 1000 + client;
    String clientAddress = client == 3 ? "10.0.0.2" : "10.0.0.1";
    return fromClient
        ? PacketBuilder.ipv4(
            clientAddress,
            "10.0.0.2",
            PacketBuilder.TCP,
            PacketBuilder.tcp(clientPort, 80, seq, ack, flags, payload))
        : PacketBuilder.ipv4(
            "10.0.0.2",
            clientAddress,
            PacketBuilder.TCP,
            PacketBuilder.tcp(80, clientPort, seq, ack, flags, payload));
  }
}
