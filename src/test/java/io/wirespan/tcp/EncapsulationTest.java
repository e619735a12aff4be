// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import static io.wirespan.tcp.PacketBuilder.IPV4;
import static io.wirespan.tcp.PacketBuilder.TCP;
import static io.wirespan.tcp.PacketBuilder.ethernet;
import static io.wirespan.tcp.PacketBuilder.ipv4;
import static io.wirespan.tcp.PacketBuilder.ipv6;
import static io.wirespan.tcp.PacketBuilder.packet;
import static io.wirespan.tcp.PacketBuilder.prefixed;
import static io.wirespan.tcp.PacketBuilder.udp;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.wirespan.capture.LinkType;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Links and tunnels beyond the usual ones, which {@link SegmentDecoderTest} has. */
class EncapsulationTest {
  private static final byte[] SEGMENT =
      PacketBuilder.tcp(1234, 80, 7, 9, 0x18, "hello".getBytes(ISO_8859_1));
  private static final byte[] IP = ipv4("10.0.0.1", "10.0.0.2", TCP, SEGMENT);
  private static final byte[] IP6 = ipv6("2001:db8::1", "2001:db8::2", TCP, SEGMENT);
  private static final byte[] FRAME = ethernet(IPV4, IP);
  private static final byte[] SNAP = prefixed("aaaa03 000000 0800", IP);
  private static final byte[] WIRELESS = prefixed("0801" + "00".repeat(22), SNAP);

  private final TcpCounters counters = new TcpCounters();
  private final SegmentDecoder decoder = new SegmentDecoder(TcpLimits.Fragments.DEFAULT, counters);
  private final Segment segment = new Segment();

  static Stream<Arguments> links() {
    return Stream.of(
        of("PPP", LinkType.PPP, prefixed("ff03 0021", IP)),
        of("PPP without address", LinkType.PPP, prefixed("0057", IP6)),
        of("PPP, compressed", LinkType.PPP, prefixed("ff03 21", IP)),
        of("PPP, all compressed", LinkType.PPP, prefixed("21", IP)),
        of("PPP with MPLS", LinkType.PPP, prefixed("ff03 0281 00011140", IP)),
        of("Cisco's HDLC as PPP", LinkType.PPP, prefixed("0f00 0800", IP)),
        of("PPPoE alone", LinkType.PPPOE, prefixed("1100 0001 002f 0057", IP6)),
        of("HDLC", LinkType.CISCO_HDLC, prefixed("0f00 86dd", IP6)),
        of("frame relay, IPv4", LinkType.FRAME_RELAY, prefixed("1841 03 cc", IP)),
        of("frame relay, SNAP", LinkType.FRAME_RELAY, prefixed("1841 03 00 80 000000 86dd", IP6)),
        of("frame relay, Cisco", LinkType.FRAME_RELAY, prefixed("00000041 0800", IP)),
        of("802.3 with SNAP", LinkType.ETHERNET, ethernet(SNAP.length, SNAP)),
        of("802.3 with IP", LinkType.ETHERNET, ethernet(48, prefixed("060603", IP))),
        of("SNAP in a VLAN", LinkType.ETHERNET, ethernet(0x8100, prefixed("0007 0035", SNAP))),
        of("VN-Tag", LinkType.ETHERNET, ethernet(0x8926, prefixed("00010002 0800", IP))),
        of("802.1ah", LinkType.ETHERNET, ethernet(0x88e7, prefixed("00000042", FRAME))),
        of("Ethernet on MPLS", LinkType.ETHERNET, ethernet(0x8847, prefixed("00011140", FRAME))),
        of("MPLS with control word", LinkType.MPLS, prefixed("00011140 00000000", FRAME)),
        of("token ring", LinkType.TOKEN_RING, prefixed("1040" + "00".repeat(12), SNAP)),
        of(
            "routed token ring",
            LinkType.TOKEN_RING,
            prefixed("1040" + "00".repeat(6) + "80" + "00".repeat(5) + "0490 0011", SNAP)),
        of("FDDI", LinkType.FDDI, prefixed("50" + "00".repeat(12), SNAP)),
        of("ATM, SNAP", LinkType.ATM_LLC, SNAP),
        of("ATM, routed", LinkType.ATM_LLC, prefixed("fefe03 cc", IP)),
        of("PPP on ATM", LinkType.ATM_LLC, prefixed("fefe03 cf 0021", IP)),
        of("802.11", LinkType.IEEE_802_11, WIRELESS),
        of("802.11 QoS", LinkType.IEEE_802_11, prefixed("8802" + "00".repeat(24), SNAP)),
        of("802.11 bridge", LinkType.IEEE_802_11, prefixed("8883" + "00".repeat(34), SNAP)),
        of("radiotap", LinkType.RADIOTAP, prefixed("0000 0a00 04000000 0000", WIRELESS)),
        of(
            "radiotap, padded",
            LinkType.RADIOTAP,
            prefixed(
                "0000 1900 03000080 00000000" + "00".repeat(4) + "11".repeat(8) + "20",
                prefixed("8802" + "00".repeat(26), SNAP))),
        of("PPI", LinkType.PPI, prefixed("00 00 0c00 69000000 00000000", WIRELESS)),
        of("ARCNET, RFC 1051", LinkType.ARCNET_LINUX, prefixed("0102 0000 f0", IP)),
        of("ARCNET, RFC 1201", LinkType.ARCNET_LINUX, prefixed("0102 0000 d4 00 0001", IP)),
        of("ENC", LinkType.ENC, prefixed("02000000" + "00".repeat(8), IP)),
        of("PFLOG", LinkType.PFLOG, prefixed("3d" + "00".repeat(63), IP)),
        of("NFLOG", LinkType.NFLOG, prefixed("02000000 0500 0a00 78000000 3900 0900", IP)),
        of(
            "NFLOG, big-endian",
            LinkType.NFLOG,
            prefixed("02000000 0008 0001 08000300 0031 0009", IP)),
        of("PKTAP", LinkType.PKTAP, prefixed("10000000 01000000 01000000 00000000", FRAME)),
        of("InfiniBand", LinkType.IPOIB, prefixed("00".repeat(40) + "0800 0000", IP)));
  }

  static Stream<Arguments> tunnels() {
    return Stream.of(
        of("authentication header", 51, prefixed("0604 0000" + "00".repeat(20), SEGMENT)),
        of("Ethernet in IP", 97, prefixed("0300", FRAME)),
        of("PPTP", 47, prefixed("3001 880b 0000 0000 00000001 ff03 0021", IP)),
        of("PPTP with acknowledgement", 47, prefixed("3081 880b" + "00".repeat(12) + "21", IP)),
        of("ERSPAN 1", 47, prefixed("0000 88be", FRAME)),
        of("ERSPAN 2", 47, prefixed("1000 88be 00000001" + "00".repeat(8), FRAME)),
        of("ERSPAN 3", 47, prefixed("1000 22eb 00000001" + "00".repeat(12), FRAME)),
        of(
            "ERSPAN 3, longer",
            47,
            prefixed("1000 22eb 00000001" + "00".repeat(11) + "01" + "00".repeat(8), FRAME)),
        of("WCCP", 47, prefixed("0000 883e 00000000", IP)),
        of("WCCP 1", 47, prefixed("0000 883e", IP)),
        udpOf("VXLAN-GPE, IPv4", 4790, prefixed("0c000001 00002a00", IP)),
        udpOf("VXLAN-GPE, Ethernet", 4790, prefixed("0c000003 00002a00", FRAME)),
        udpOf("Geneve", 6081, prefixed("00006558 00002a00", FRAME)),
        udpOf("Geneve with options", 6081, prefixed("01000800 00002a00 00000000", IP)),
        udpOf("GRE in UDP", 4754, prefixed("0000 0800", IP)),
        udpOf("GTP", 2152, prefixed("30ff 0000 00000001", IP)),
        udpOf("GTP with number", 2152, prefixed("32ff 0000 00000001 00010000", IP)),
        udpOf("GTP with extension", 2152, prefixed("34ff 0000 00000001 00000085 01001000", IP6)),
        udpOf("L2TP", 1701, prefixed("0002 0001 0002 ff03 0021", IP)),
        udpOf(
            "L2TP with all fields",
            1701,
            prefixed("4a02 003d 0001 0002 00000000 0002 0000 0021", IP)),
        udpOf("Teredo", 3544, IP6),
        udpOf("Teredo with origin", 3544, prefixed("0000 0000 00000000", IP6)));
  }

  @ParameterizedTest
  @MethodSource({"links", "tunnels"})
  void shouldFindTheSegment(LinkType linkType, byte[] frame) {
    assertThat(decoder.decode(packet(linkType, frame, 1, 1), segment)).isTrue();
    assertThat(segment.sourcePort).isEqualTo(1234);
    assertThat(segment.bytes.toString(segment.payloadIndex, segment.payloadCaptured, ISO_8859_1))
        .isEqualTo("hello");
  }

  @ParameterizedTest
  @MethodSource({"links", "tunnels"})
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
    long ignored = Arrays.stream(IgnoreReason.values()).mapToLong(counters::ignored).sum();
    assertThat(counters.packets()).isEqualTo(counters.segments() + ignored);
  }

  static Stream<Arguments> useless() {
    return Stream.of(
        of("802.11, encrypted", LinkType.IEEE_802_11, prefixed("0841" + "00".repeat(22), SNAP)),
        of("802.11, beacon", LinkType.IEEE_802_11, prefixed("8000" + "00".repeat(22), SNAP)),
        of(
            "802.11, aggregated",
            LinkType.IEEE_802_11,
            prefixed("8802" + "00".repeat(22) + "8000", SNAP)),
        of("LLC, spanning tree", LinkType.ETHERNET, ethernet(38, prefixed("424203", IP))),
        of(
            "GTP, echo",
            LinkType.RAW_IP,
            ipv4("1.1.1.1", "2.2.2.2", 17, udp(2152, 2152, prefixed("3001 0000 00000001", IP)))),
        of(
            "L2TP, control",
            LinkType.RAW_IP,
            ipv4(
                "1.1.1.1",
                "2.2.2.2",
                17,
                udp(1701, 1701, prefixed("c802 0000 0001 0002 0021", IP)))));
  }

  @ParameterizedTest
  @MethodSource("useless")
  void shouldLeaveOutWhatCannotBeRead(LinkType linkType, byte[] frame) {
    assertThat(decoder.decode(packet(linkType, frame, 1, 1), segment)).isFalse();
  }

  @ParameterizedTest
  @MethodSource("cycles")
  void shouldNotFollowHeadersWithoutEnd(LinkType linkType, byte[] cycle) {
    byte[] frame = new byte[262_144];
    for (int at = 0; at < frame.length; at++) {
      frame[at] = cycle[at % cycle.length];
    }
    assertThat(decoder.decode(packet(linkType, frame, 1, 1), segment)).isFalse();
    assertThat(counters.ignored(IgnoreReason.NESTED_TOO_DEEP)).isEqualTo(1);
  }

  static Stream<Arguments> cycles() {
    byte[] none = new byte[0];
    return Stream.of(
        of(
            "Ethernet on MPLS",
            LinkType.ETHERNET,
            prefixed("00".repeat(12) + "8100 0000 8847 00000100", none)),
        of("802.1ah", LinkType.ETHERNET, prefixed("00".repeat(12) + "88e7 00000000", none)),
        of("HDLC in PPPoE", LinkType.CISCO_HDLC, prefixed("0f00 8864 1100 0001 0000", none)));
  }

  private static Arguments of(String name, LinkType linkType, byte[] frame) {
    return arguments(named(name, linkType), frame);
  }

  private static Arguments of(String name, int protocol, byte[] payload) {
    return of(name, LinkType.RAW_IP, ipv4("1.1.1.1", "2.2.2.2", protocol, payload));
  }

  private static Arguments udpOf(String name, int port, byte[] payload) {
    return of(name, 17, udp(50_000, port, payload));
  }
}
