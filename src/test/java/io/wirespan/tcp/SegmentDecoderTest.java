// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import static io.wirespan.tcp.PacketBuilder.IPV4;
import static io.wirespan.tcp.PacketBuilder.TCP;
import static io.wirespan.tcp.PacketBuilder.bytes;
import static io.wirespan.tcp.PacketBuilder.ethernet;
import static io.wirespan.tcp.PacketBuilder.ipv4;
import static io.wirespan.tcp.PacketBuilder.ipv6;
import static io.wirespan.tcp.PacketBuilder.packet;
import static io.wirespan.tcp.PacketBuilder.prefixed;
import static io.wirespan.tcp.PacketBuilder.vlan;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.netty.buffer.Unpooled;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.Side;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SegmentDecoderTest {
  private static final String A = "10.0.0.1";
  private static final String B = "10.0.0.2";
  private static final String A6 = "2001:db8::1";
  private static final String B6 = "2001:db8::2";
  private static final byte[] DATA = "hello".getBytes(ISO_8859_1);
  private static final byte[] SEGMENT = PacketBuilder.tcp(1234, 80, 7, 9, 0x18, DATA);
  private static final byte[] IP = ipv4(A, B, TCP, SEGMENT);
  private static final byte[] IP6 = ipv6(A6, B6, TCP, SEGMENT);

  private final TcpCounters counters = new TcpCounters();
  private final SegmentDecoder decoder = new SegmentDecoder(TcpLimits.Fragments.DEFAULT, counters);
  private final Segment segment = new Segment();

  static Stream<Arguments> encapsulations() {
    byte[] tagged = vlan(7, IPV4, IP);
    byte[] withOptions = bytes(out -> out.writeBytes(IP).setByte(0, 0x46).setShort(2, 49));
    return Stream.of(
        of("ethernet", LinkType.ETHERNET, ethernet(IPV4, IP)),
        of("ethernet with padding", LinkType.ETHERNET, padded(ethernet(IPV4, IP), 20)),
        of("802.1Q", LinkType.ETHERNET, ethernet(0x8100, tagged)),
        of("802.1ad", LinkType.ETHERNET, ethernet(0x88a8, vlan(3, 0x8100, tagged))),
        of("0x9100", LinkType.ETHERNET, ethernet(0x9100, vlan(3, 0x8100, tagged))),
        of("four tags", LinkType.ETHERNET, ethernet(0x8100, nested(0x8100, 3, tagged))),
        of("loopback, little-endian", LinkType.NULL, prefixed("02000000", IP)),
        of("loopback, big-endian", LinkType.NULL, prefixed("00000002", IP)),
        of("loopback IPv6, macOS", LinkType.NULL, prefixed("1e000000", IP6)),
        of("OpenBSD loopback", LinkType.LOOP, prefixed("00000018", IP6)),
        of("raw IPv4", LinkType.RAW_IP, IP),
        of("raw IPv6", LinkType.RAW_IP, IP6),
        of("cooked", LinkType.LINUX_SLL, prefixed("0000 0001 0006 001122334455 0000 0800", IP)),
        of(
            "cooked v2",
            LinkType.LINUX_SLL2,
            prefixed("86dd 0000 00000002 0001 00 06 0011223344550000", IP6)),
        of(
            "IPv4 options",
            LinkType.RAW_IP,
            spliced(withOptions, 20, HexFormat.of().parseHex("94040000"))),
        of(
            "IPv6 extensions",
            LinkType.RAW_IP,
            ipv6(
                A6,
                B6,
                0,
                prefixed(
                    "2b00010400000000" // hop-by-hop options: padding
                        + "3c00000000000000" // routing
                        + "3300010400000000" // destination options
                        + "0604 0000 00000001 00000001 000000000000000000000000" // authentication
                    ,
                    SEGMENT))),
        of(
            "atomic fragment",
            LinkType.RAW_IP,
            ipv6(A6, B6, 44, prefixed("0600000000000001", SEGMENT))),
        of("no total length", LinkType.RAW_IP, bytes(out -> out.writeBytes(IP).setShort(2, 0))),
        of("no payload length", LinkType.RAW_IP, bytes(out -> out.writeBytes(IP6).setShort(4, 0))),
        of("IP in IP", LinkType.RAW_IP, ipv4("1.1.1.1", "2.2.2.2", 4, IP)),
        of("IPv6 in IP", LinkType.RAW_IP, ipv4("1.1.1.1", "2.2.2.2", 41, IP6)),
        of("GRE", LinkType.RAW_IP, ipv4("1.1.1.1", "2.2.2.2", 47, prefixed("00000800", IP))),
        of(
            "GRE with checksum, key, number",
            LinkType.RAW_IP,
            ipv4("1.1.1.1", "2.2.2.2", 47, prefixed("b0000800" + "00".repeat(12), IP))),
        of(
            "Ethernet over GRE",
            LinkType.RAW_IP,
            ipv4("1.1.1.1", "2.2.2.2", 47, prefixed("00006558", ethernet(0x8100, tagged)))),
        of("VXLAN", LinkType.ETHERNET, ethernet(IPV4, vxlan(4789))),
        of("VXLAN on 8472", LinkType.ETHERNET, ethernet(IPV4, vxlan(8472))),
        of("PPPoE", LinkType.ETHERNET, ethernet(0x8864, prefixed("1100 0001 002f 0021", IP))),
        of("MPLS", LinkType.ETHERNET, ethernet(0x8847, prefixed("00010040 00011140", IP))));
  }

  @ParameterizedTest
  @MethodSource("encapsulations")
  void shouldFindTheSegment(LinkType linkType, byte[] frame) {
    assertThat(decoder.decode(packet(linkType, frame, 1, 1), segment)).isTrue();
    assertThat(segment.sourcePort).isEqualTo(1234);
    assertThat(segment.destinationPort).isEqualTo(80);
    assertThat(segment.sequence).isEqualTo(7);
    assertThat(segment.acknowledgement).isEqualTo(9);
    assertThat(segment.isAck() && segment.isPush() && !segment.isSyn()).isTrue();
    assertThat(payload()).isEqualTo("hello");
    assertThat(segment.payloadLength).isEqualTo(5);
    Endpoint source =
        new Endpoint(segment.ipv6, segment.sourceHigh, segment.sourceLow, segment.sourcePort);
    assertThat(source.toString()).isEqualTo(segment.ipv6 ? "[2001:db8::1]:1234" : "10.0.0.1:1234");
  }

  @ParameterizedTest
  @MethodSource("encapsulations")
  void shouldReadAnyBytesAndAnyLengthWithoutHarm(LinkType linkType, byte[] frame) {
    Random random = new Random(1);
    for (int length = 0; length < frame.length; length++) {
      byte[] cut = Arrays.copyOf(frame, length);
      decoder.decode(packet(linkType, cut, 1, 1), segment);
      for (int i = 0; i < 20 && length > 0; i++) {
        cut[random.nextInt(length)] = (byte) random.nextInt();
        decoder.decode(packet(linkType, cut, 1, 1), segment);
      }
    }
    assertThat(counters.packets()).isEqualTo(counters.segments() + ignoredPackets());
  }

  static Stream<Arguments> useless() {
    return Stream.of(
        useless(IgnoreReason.NOT_IP, LinkType.ETHERNET, ethernet(0x0806, new byte[28])),
        useless(IgnoreReason.NOT_IP, LinkType.NULL, prefixed("07000000", IP)),
        useless(IgnoreReason.NOT_TCP, LinkType.RAW_IP, ipv4(A, B, 1, new byte[8])),
        useless(IgnoreReason.NOT_TCP, LinkType.RAW_IP, ipv4(A, B, 17, new byte[8])),
        useless(IgnoreReason.MALFORMED, LinkType.ETHERNET, new byte[13]),
        useless(IgnoreReason.MALFORMED, LinkType.RAW_IP, ipv4(A, B, TCP, new byte[19])),
        useless(IgnoreReason.MALFORMED, LinkType.RAW_IP, ipv4(A, B, TCP, new byte[20])),
        useless(
            IgnoreReason.MALFORMED,
            LinkType.ETHERNET,
            ethernet(IPV4, bytes(out -> out.writeBytes(IP).setByte(0, 0x44)))),
        useless(IgnoreReason.UNSUPPORTED_LINK, LinkType.UNSUPPORTED, IP),
        useless(
            IgnoreReason.NESTED_TOO_DEEP,
            LinkType.ETHERNET,
            ethernet(0x8100, nested(0x8100, 4, vlan(1, IPV4, IP)))),
        useless(
            IgnoreReason.NESTED_TOO_DEEP,
            LinkType.RAW_IP,
            ipv4(A, B, 4, ipv4(A, B, 4, ipv4(A, B, 4, ipv4(A, B, 4, IP))))));
  }

  @ParameterizedTest
  @MethodSource("useless")
  void shouldCountWhyAPacketIsOfNoUse(IgnoreReason reason, LinkType linkType, byte[] frame) {
    assertThat(decoder.decode(packet(linkType, frame, 1, 1), segment)).isFalse();
    assertThat(counters.ignored(reason)).isEqualTo(1);
    assertThat(ignoredPackets()).isEqualTo(1);
  }

  @Test
  void shouldTellCapturedFromSentPayload() {
    byte[] frame = ethernet(IPV4, IP);
    assertThat(decoder.decode(truncated(frame, frame.length - 2), segment)).isTrue();
    assertThat(payload()).isEqualTo("hel");
    assertThat(segment.payloadLength).isEqualTo(5);
    assertThat(segment.ipBytes).isEqualTo(45);

    assertThat(decoder.decode(truncated(frame, 14 + 20 + 20), segment)).isTrue();
    assertThat(segment.payloadCaptured).isZero();
    assertThat(segment.payloadLength).isEqualTo(5);

    assertThat(decoder.decode(truncated(frame, 14 + 20 + 19), segment)).isFalse();
    assertThat(counters.ignored(IgnoreReason.TRUNCATED)).isEqualTo(1);
  }

  @Test
  void shouldCutPaddingByTheIpLength() {
    byte[] frame =
        padded(ethernet(IPV4, ipv4(A, B, TCP, PacketBuilder.tcp(1, 2, 3, 4, 16, new byte[0]))), 6);
    assertThat(decoder.decode(packet(LinkType.ETHERNET, frame, 1, 1), segment)).isTrue();
    assertThat(segment.payloadLength).isZero();
    assertThat(segment.ipBytes).isEqualTo(40);
  }

  private String payload() {
    return segment.bytes.toString(segment.payloadIndex, segment.payloadCaptured, ISO_8859_1);
  }

  private long ignoredPackets() {
    return Arrays.stream(IgnoreReason.values()).mapToLong(counters::ignored).sum();
  }

  private static Packet truncated(byte[] frame, int captured) {
    Packet packet = new Packet();
    packet.wrap(
        PacketBuilder.captureInterface(LinkType.ETHERNET, Side.UNKNOWN),
        PacketDirection.UNKNOWN,
        Unpooled.wrappedBuffer(frame),
        0,
        captured,
        frame.length,
        1,
        1);
    return packet;
  }

  private static Arguments of(String name, LinkType linkType, byte[] frame) {
    return arguments(named(name, linkType), frame);
  }

  private static Arguments useless(IgnoreReason reason, LinkType linkType, byte[] frame) {
    return arguments(reason, linkType, frame);
  }

  private static byte[] vxlan(int port) {
    byte[] inner = ethernet(IPV4, IP);
    return ipv4(
        "1.1.1.1",
        "2.2.2.2",
        17,
        bytes(
            out ->
                out.writeShort(50_000)
                    .writeShort(port)
                    .writeShort(16 + inner.length)
                    .writeShort(0)
                    .writeInt(0x08000000)
                    .writeInt(42 << 8)
                    .writeBytes(inner)));
  }

  private static byte[] nested(int tpid, int tags, byte[] innermost) {
    byte[] result = innermost;
    for (int i = 0; i < tags; i++) {
      result = vlan(i, tpid, result);
    }
    return result;
  }

  private static byte[] padded(byte[] frame, int padding) {
    return bytes(out -> out.writeBytes(frame).writeZero(padding));
  }

  private static byte[] spliced(byte[] frame, int at, byte[] inserted) {
    return bytes(
        out ->
            out.writeBytes(frame, 0, at)
                .writeBytes(inserted)
                .writeBytes(frame, at, frame.length - at));
  }
}
