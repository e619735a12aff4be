// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import static io.wirespan.capture.FileBytes.read;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.wirespan.capture.FileBytes.Read;
import io.wirespan.capture.FileBytes.Seen;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PcapngWriterTest {
  private static final CaptureInterface ETH0 = on(0, "eth0", LinkType.ETHERNET);
  private static final CaptureInterface TUN0 = on(1, "tun0", LinkType.RAW_IP);

  private static CaptureInterface on(int id, String name, LinkType linkType) {
    return new CaptureInterface(id, name, 0, linkType, Side.UNKNOWN, Optional.empty());
  }

  private static Packet packet(
      CaptureInterface on, PacketDirection direction, long epochNanos, byte[] bytes) {
    ByteBuf around = Unpooled.directBuffer().writeZero(3).writeBytes(bytes).writeZero(3);
    Packet packet = new Packet();
    packet.wrap(on, direction, around, 3, bytes.length, bytes.length + 1, epochNanos, 1);
    return packet;
  }

  private static byte[] written(List<Packet> packets) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PcapngWriter writer = new PcapngWriter(Channels.newChannel(bytes))) {
      for (Packet packet : packets) {
        writer.write(packet);
      }
    }
    return bytes.toByteArray();
  }

  @Test
  void shouldWriteWhatTheReaderReads() throws Exception {
    List<Packet> packets = new ArrayList<>();
    List<Seen> expected = new ArrayList<>();
    Random random = new Random(7);
    for (int i = 1; i <= 300; i++) {
      CaptureInterface on = i % 3 == 0 ? ETH0 : TUN0;
      PacketDirection direction = PacketDirection.values()[i % 3];
      byte[] bytes = new byte[i == 200 ? 262_144 : random.nextInt(2_000)];
      random.nextBytes(bytes);
      long epochNanos = 1_700_000_000_000_000_000L + random.nextLong(1_000_000_000_000L);
      packets.add(packet(on, direction, epochNanos, bytes));
      expected.add(
          new Seen(
              i,
              on.name(),
              on.linkType(),
              direction,
              epochNanos,
              bytes.length + 1,
              HexFormat.of().formatHex(bytes)));
    }

    Read read = read(written(packets));

    assertThat(read.packets()).isEqualTo(expected);
    assertThat(read.source().damage()).isEmpty();
  }

  @Test
  void shouldWriteACommentBesideTheDirection() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PcapngWriter writer = new PcapngWriter(Channels.newChannel(bytes))) {
      Packet packet = packet(ETH0, PacketDirection.EGRESS, 5, new byte[] {1});
      writer.write(packet, Optional.of("GET /slow 504"));
      writer.write(packet, Optional.of("x".repeat(100_000)));
    }

    Read read = read(bytes.toByteArray());

    assertThat(read.packets()).extracting(Seen::direction).containsOnly(PacketDirection.EGRESS);
    assertThat(read.source().damage()).isEmpty();
    assertThat(bytes.toString(StandardCharsets.ISO_8859_1)).contains("GET /slow 504");
  }

  @Test
  void shouldWriteAFileOfNoPackets() throws Exception {
    assertThat(read(written(List.of())).packets()).isEmpty();
  }
}
