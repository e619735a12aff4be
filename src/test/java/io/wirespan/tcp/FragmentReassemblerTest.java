// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import static io.wirespan.tcp.PacketBuilder.TCP;
import static io.wirespan.tcp.PacketBuilder.bytes;
import static io.wirespan.tcp.PacketBuilder.ipv4;
import static io.wirespan.tcp.PacketBuilder.ipv6;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.capture.LinkType;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FragmentReassemblerTest {
  private static final int MORE = 0x2000;
  private static final long SECOND = 1_000_000_000L;

  private final byte[] data = new byte[3000];
  private final byte[] segmentBytes;
  private final TcpCounters counters = new TcpCounters();
  private final SegmentDecoder decoder =
      new SegmentDecoder(new TcpLimits.Fragments(8, 64 << 10, 30 * SECOND), counters);
  private final Segment segment = new Segment();
  private long now = SECOND;

  FragmentReassemblerTest() {
    new Random(3).nextBytes(data);
    segmentBytes = PacketBuilder.tcp(1234, 80, 7, 9, 16, data);
  }

  @Test
  void shouldJoinFragmentsInOrder() {
    assertThat(decode(fragment(1, 0, 1480, true))).isFalse();
    assertThat(decode(fragment(1, 1480, 2960, true))).isFalse();
    assertThat(decode(fragment(1, 2960, 3020, false))).isTrue();
    assertWholeSegment(3, 3020 + 3 * 20);
    assertThat(counters.fragments()).isEqualTo(3);
    assertThat(counters.ignored(IgnoreReason.FRAGMENT)).isEqualTo(2);
    assertThat(counters.datagramsReassembled()).isEqualTo(1);
  }

  @Test
  void shouldJoinFragmentsInReverseOrder() {
    assertThat(decode(fragment(1, 2960, 3020, false))).isFalse();
    assertThat(decode(fragment(1, 1480, 2960, true))).isFalse();
    assertThat(decode(fragment(1, 0, 1480, true))).isTrue();
    assertWholeSegment(3, 3020 + 3 * 20);
  }

  @Test
  void shouldKeepTheFirstCopyWhereFragmentsOverlap() {
    byte[] garbage = new byte[1600];
    assertThat(decode(fragment(1, 0, 1480, true))).isFalse();
    assertThat(decode(fragment(1, 2000, 3020, false))).isFalse();
    byte[] overlapping = garbage.clone();
    System.arraycopy(segmentBytes, 1480, overlapping, 1480 - 800, 520);
    assertThat(decode(ipv4("10.0.0.1", "10.0.0.2", TCP, 1, MORE | 100, overlapping))).isTrue();
    assertWholeSegment(3, 1480 + 1020 + 1600 + 3 * 20);
  }

  @Test
  void shouldKeepDatagramsApart() {
    decode(fragment(1, 0, 1480, true));
    assertThat(decode(fragment(2, 1480, 3020, false))).isFalse();
    assertThat(decode(fragment(1, 1480, 3020, false))).isTrue();
    assertThat(decode(fragment(2, 0, 1480, true))).isTrue();
  }

  @Test
  void shouldJoinIpv6FragmentsWithMoreExtensionsInside() {
    byte[] inner = bytes(out -> out.writeLong(0x0600010400000000L).writeBytes(segmentBytes));
    assertThat(decode(fragment6(inner, 1448, inner.length, false))).isFalse();
    assertThat(decode(fragment6(inner, 0, 1448, true))).isTrue();
    assertWholeSegment(2, inner.length + 2 * 48);
  }

  @Test
  void shouldGiveUpAfterTheTimeout() {
    decode(fragment(1, 0, 1480, true));
    now += 30 * SECOND;
    assertThat(decode(fragment(1, 1480, 3020, false))).isFalse();
    assertThat(counters.datagramsDropped()).isEqualTo(1);
  }

  @Test
  void shouldDropADatagramThatContradictsItself() {
    decode(fragment(1, 0, 1480, true));
    decode(fragment(1, 2960, 3020, false));
    decode(fragment(1, 1480, 2000, false));
    assertThat(counters.ignored(IgnoreReason.MALFORMED)).isEqualTo(1);
    assertThat(counters.datagramsDropped()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 8000})
  void shouldHoldNoMoreThanItsCaps(int size) {
    for (int id = 0; id < 1000; id++) {
      decode(ipv4("10.0.0.1", "10.0.0.2", TCP, id, MORE | 1, new byte[size]));
    }
    assertThat(counters.datagramsDropped()).isGreaterThanOrEqualTo(1000 - 8);
  }

  @Test
  void shouldSurviveAnyFragments() {
    Random random = new Random(5);
    for (int i = 0; i < 20_000; i++) {
      byte[] payload = new byte[random.nextInt(64)];
      decode(
          ipv4(
              "10.0.0.1",
              "10.0.0.2",
              TCP,
              random.nextInt(4),
              random.nextInt(1 << 14) & 0x200f,
              payload));
    }
    assertThat(counters.packets()).isEqualTo(20_000);
  }

  private void assertWholeSegment(int packets, int ipBytes) {
    byte[] payload = new byte[segment.payloadCaptured];
    segment.bytes.getBytes(segment.payloadIndex, payload);
    assertThat(payload).isEqualTo(data);
    assertThat(segment.sourcePort).isEqualTo(1234);
    assertThat(segment.packets).isEqualTo(packets);
    assertThat(segment.ipBytes).isEqualTo(ipBytes);
  }

  private boolean decode(byte[] frame) {
    return decoder.decode(PacketBuilder.packet(LinkType.RAW_IP, frame, now, 1), segment);
  }

  private byte[] fragment(int id, int from, int to, boolean more) {
    byte[] part = Arrays.copyOfRange(segmentBytes, from, to);
    return ipv4("10.0.0.1", "10.0.0.2", TCP, id, (more ? MORE : 0) | from / 8, part);
  }

  private static byte[] fragment6(byte[] inner, int from, int to, boolean more) {
    return ipv6(
        "2001:db8::1",
        "2001:db8::2",
        44,
        bytes(
            out ->
                out.writeShort(60 << 8)
                    .writeShort(from | (more ? 1 : 0))
                    .writeInt(99)
                    .writeBytes(inner, from, to - from)));
  }
}
