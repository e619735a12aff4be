// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import static io.wirespan.tcp.PacketBuilder.IPV4;
import static io.wirespan.tcp.PacketBuilder.IPV6;
import static io.wirespan.tcp.PacketBuilder.TCP;
import static io.wirespan.tcp.PacketBuilder.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.Side;
import io.wirespan.replay.FuzzInput;
import io.wirespan.replay.Mutations;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes as packets. An input is a list of packets: link type (1 byte), bytes missing from the
 * capture (1), length (2), and so many bytes.
 */
public final class SegmentDecoderFuzzTest {
  private static final LinkType[] LINK_TYPES = LinkType.values();
  private static final String CLIENT = "10.0.0.1";
  private static final String SERVER = "10.0.0.2";

  public static List<byte[]> seeds() {
    byte[] tcp = PacketBuilder.tcp(4000, 80, 1, 2, PacketBuilder.ACK, new byte[40]);
    byte[] ipv4 = PacketBuilder.ipv4(CLIENT, SERVER, TCP, tcp);
    byte[] ipv6 = PacketBuilder.ipv6("fd00::1", "fd00::2", TCP, tcp);
    byte[] inVlan = PacketBuilder.vlan(5, IPV4, ipv4);
    byte[] cooked = bytes(out -> out.writeZero(14).writeShort(IPV6).writeBytes(ipv6));
    byte[] gre = bytes(out -> out.writeShort(0x2000).writeShort(IPV4).writeInt(7).writeBytes(ipv4));
    byte[] frame = PacketBuilder.ethernet(IPV4, ipv4);
    byte[] vxlan =
        bytes(
            out ->
                out.writeShort(1234)
                    .writeShort(4789)
                    .writeInt(0)
                    .writeLong(0x08000000_00000500L)
                    .writeBytes(frame));
    byte[] options =
        bytes(out -> out.writeByte(TCP).writeByte(0).writeShort(0).writeInt(0).writeBytes(tcp));
    byte[] first = Arrays.copyOf(tcp, 24);
    byte[] last = Arrays.copyOfRange(tcp, 24, tcp.length);
    return List.of(
        packet(LinkType.ETHERNET, frame),
        packet(LinkType.ETHERNET, PacketBuilder.ethernet(0x8100, inVlan)),
        packet(LinkType.RAW_IP, ipv6),
        packet(LinkType.RAW_IP, PacketBuilder.ipv6("fd00::1", "fd00::2", 0, options)),
        packet(LinkType.LINUX_SLL, cooked),
        packet(LinkType.NULL, bytes(out -> out.writeIntLE(2).writeBytes(ipv4))),
        packet(LinkType.RAW_IP, PacketBuilder.ipv4(CLIENT, SERVER, 47, gre)),
        packet(LinkType.RAW_IP, PacketBuilder.ipv4(CLIENT, SERVER, 17, vxlan)),
        bytes(
            out ->
                out.writeBytes(fragment(0x2000, first))
                    .writeBytes(fragment(3, last))
                    .writeBytes(fragment(3, last))
                    .writeBytes(fragment(0x2000, first))));
  }

  private static byte[] fragment(int fragmentation, byte[] part) {
    byte[] ip = PacketBuilder.ipv4(CLIENT, SERVER, TCP, 99, fragmentation, part);
    return packet(LinkType.RAW_IP, ip);
  }

  private static byte[] packet(LinkType linkType, byte[] packet) {
    return bytes(
        out ->
            out.writeByte(linkType.ordinal())
                .writeByte(0)
                .writeShort(packet.length)
                .writeBytes(packet));
  }

  static List<byte[]> inputs() {
    return Mutations.of(seeds());
  }

  @ParameterizedTest
  @MethodSource("inputs")
  void shouldDecodeAnyPackets(byte[] packets) {
    fuzzerTestOneInput(packets);
  }

  public static void fuzzerTestOneInput(byte[] packets) {
    FuzzInput input = new FuzzInput(packets);
    TcpCounters counters = new TcpCounters();
    SegmentDecoder decoder =
        new SegmentDecoder(new TcpLimits.Fragments(4, 1 << 16, 1_000_000_000L), counters);
    Packet packet = new Packet();
    Segment segment = new Segment();
    List<Boolean> decoded = new ArrayList<>();
    for (long number = 1; input.hasMore(); number++) {
      LinkType linkType = LINK_TYPES[input.below(LINK_TYPES.length)];
      int missing = input.u8();
      // Exactly as long as the packet, so that a read beyond its end fails.
      byte[] bytes = input.bytes(input.u16());
      packet.wrap(
          PacketBuilder.captureInterface(linkType, Side.UNKNOWN),
          PacketDirection.UNKNOWN,
          Unpooled.wrappedBuffer(bytes),
          0,
          bytes.length,
          bytes.length + missing,
          number * 100_000_000L,
          number);
      decoded.add(decoder.decode(packet, segment));
      if (decoded.getLast()) {
        check(segment);
      }
    }
    long ignored = 0;
    for (IgnoreReason reason : IgnoreReason.values()) {
      ignored += counters.ignored(reason);
    }
    assertThat(counters.packets()).isEqualTo(decoded.size());
    assertThat(counters.segments()).isEqualTo(decoded.stream().filter(each -> each).count());
    assertThat(counters.segments() + ignored).isEqualTo(counters.packets());
  }

  private static void check(Segment segment) {
    assertThat(segment.payloadLength).isNotNegative();
    assertThat(segment.payloadCaptured).isBetween(0, segment.payloadLength);
    if (segment.payloadCaptured > 0) {
      int end = segment.payloadIndex + segment.payloadCaptured;
      assertThat(end).isLessThanOrEqualTo(segment.bytes.capacity());
    }
    assertThat(segment.packets).isPositive();
    assertThat(segment.ipBytes).isGreaterThanOrEqualTo(40 + segment.payloadLength - 20);
    assertThat(segment.sourcePort).isBetween(0, 0xffff);
    assertThat(segment.destinationPort).isBetween(0, 0xffff);
  }
}
