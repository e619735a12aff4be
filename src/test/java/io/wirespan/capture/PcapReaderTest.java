// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import static io.wirespan.capture.FileBytes.pcap;
import static io.wirespan.capture.FileBytes.read;
import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.capture.FileBytes.Read;
import io.wirespan.capture.FileBytes.Seen;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PcapReaderTest {
  private static final int MICROSECONDS = 0xa1b2c3d4;
  private static final int NANOSECONDS = 0xa1b23c4d;
  private static final int MODIFIED = 0xa1b2cd34;

  private static Stream<ByteOrder> orders() {
    return Stream.of(BIG_ENDIAN, LITTLE_ENDIAN);
  }

  @ParameterizedTest
  @MethodSource("orders")
  void shouldReadMicroseconds(ByteOrder order) throws Exception {
    byte[] file =
        pcap(order, MICROSECONDS, 1)
            .u32(1_700_000_000)
            .u32(123_456)
            .u32(3)
            .u32(60)
            .append((byte) 1, (byte) 2, (byte) 3)
            .bytes();

    Read read = read(file);

    assertThat(read.packets())
        .containsExactly(
            new Seen(
                1,
                "",
                LinkType.ETHERNET,
                PacketDirection.UNKNOWN,
                1_700_000_000_123_456_000L,
                60,
                "010203"));
    assertThat(read.source().counters()).isEqualTo(new CaptureCounters(1, 1, 0, 0, 1, Map.of()));
    assertThat(read.source().damage()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("orders")
  void shouldReadNanoseconds(ByteOrder order) throws Exception {
    byte[] file =
        pcap(order, NANOSECONDS, 101).u32(-1).u32(999_999_999).u32(1).u32(1).u8(0x45).bytes();

    assertThat(read(file).packets())
        .containsExactly(
            new Seen(
                1,
                "",
                LinkType.RAW_IP,
                PacketDirection.UNKNOWN,
                4_294_967_295_999_999_999L,
                1,
                "45"));
  }

  @ParameterizedTest
  @MethodSource("orders")
  void shouldReadTheLongerHeadersOfTheModifiedFormat(ByteOrder order) throws Exception {
    FileBytes file = pcap(order, MODIFIED, 1);
    for (int i = 1; i <= 2; i++) {
      file.u32(i).u32(5).u32(1).u32(1).u32(7).u16(0x800).u8(0).u8(0).u8(i);
    }

    Read read = read(file.bytes());

    assertThat(read.hex()).containsExactly("01", "02");
    assertThat(read.times()).containsExactly(1_000_005_000L, 2_000_005_000L);
  }

  @ParameterizedTest
  @CsvSource({
    "0, NULL",
    "1, ETHERNET",
    "0x24000001, ETHERNET",
    "12, RAW_IP",
    "14, RAW_IP",
    "101, RAW_IP",
    "108, LOOP",
    "113, LINUX_SLL",
    "276, LINUX_SLL2"
  })
  void shouldKnowTheLinkTypeWithoutTheFrameCheckBits(String field, LinkType linkType)
      throws Exception {
    byte[] file =
        pcap(LITTLE_ENDIAN, MICROSECONDS, Integer.decode(field))
            .u32(1)
            .u32(0)
            .u32(1)
            .u32(1)
            .u8(9)
            .bytes();

    assertThat(read(file).packets().getFirst().linkType()).isEqualTo(linkType);
  }

  @Test
  void shouldCountPacketsOfOtherLinkTypesAndSkipThemAtAnyLength() throws Exception {
    FileBytes file = pcap(LITTLE_ENDIAN, MICROSECONDS, 147);
    file.u32(1).u32(0).u32(300_000).u32(300_000).append(new byte[300_000]);
    file.u32(1).u32(0).u32(2).u32(2).u16(0);

    Read read = read(file.bytes());

    assertThat(read.packets()).isEmpty();
    assertThat(read.source().counters())
        .isEqualTo(
            new CaptureCounters(
                2, 0, 0, 0, 0, Map.of(CaptureFileSource.UNSUPPORTED_LINK_TYPE, 2L)));
    assertThat(read.source().damage()).isEmpty();
  }

  @Test
  void shouldTakeAPacketOfTheLargestSizeAndRefuseALargerOne() throws Exception {
    FileBytes file = pcap(LITTLE_ENDIAN, MICROSECONDS, 1);
    file.u32(1).u32(0).u32(262_144).u32(262_144).append(new byte[262_144]);
    file.u32(1).u32(0).u32(262_145).u32(262_145).append(new byte[262_145]);

    Read read = read(file.bytes());

    assertThat(read.packets()).hasSize(1);
    assertThat(read.source().damage())
        .contains("damaged at byte 262184: a packet of 262145 bytes, 262144 at most");
  }

  @Test
  void shouldNotTakeATimeOfZeroForNone() throws Exception {
    byte[] file = pcap(LITTLE_ENDIAN, MICROSECONDS, 1).u32(0).u32(0).u32(0).u32(0).bytes();

    assertThat(read(file).times()).containsExactly(1L);
  }

  @Test
  void shouldLeaveTimesThatGoBackwardsAsTheyAre() throws Exception {
    FileBytes file = pcap(LITTLE_ENDIAN, NANOSECONDS, 1);
    file.u32(7).u32(0).u32(0).u32(0).u32(5).u32(0).u32(0).u32(0);

    assertThat(read(file.bytes()).times()).containsExactly(7_000_000_000L, 5_000_000_000L);
  }
}
