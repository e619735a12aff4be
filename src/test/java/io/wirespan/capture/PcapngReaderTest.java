// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import static io.wirespan.capture.FileBytes.in;
import static io.wirespan.capture.FileBytes.join;
import static io.wirespan.capture.FileBytes.read;
import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.wirespan.capture.FileBytes.Read;
import io.wirespan.capture.FileBytes.Seen;
import java.nio.ByteOrder;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PcapngReaderTest {
  private static final byte[] PACKET = {1, 2, 3, 4, 5};

  private static Stream<ByteOrder> orders() {
    return Stream.of(BIG_ENDIAN, LITTLE_ENDIAN);
  }

  private static FileBytes named(ByteOrder order, String name) {
    return in(order).option(2, name.getBytes(UTF_8));
  }

  @ParameterizedTest
  @MethodSource("orders")
  void shouldReadEachBlockThatHoldsAPacket(ByteOrder order) throws Exception {
    FileBytes file = in(order).section().description(1, 4, named(order, "eth0"));
    FileBytes flags = in(order).option(1, "why".getBytes(UTF_8)).option(2, new byte[4]).u32(0);
    file.enhanced(0, 1_700_000_000_000_001L, PACKET, 60, flags);
    file.block(3, in(order).u32(60).append((byte) 9, (byte) 8, (byte) 7, (byte) 6));
    file.block(
        2,
        in(order)
            .u16(0)
            .u16(3)
            .u32(0)
            .u32(7)
            .u32(2)
            .u32(2)
            .append((byte) 5, (byte) 5, (byte) 0, (byte) 0));

    Read read = read(file.bytes());

    LinkType ethernet = LinkType.ETHERNET;
    PacketDirection unknown = PacketDirection.UNKNOWN;
    assertThat(read.packets())
        .containsExactly(
            new Seen(1, "eth0", ethernet, unknown, 1_700_000_000_000_001_000L, 60, "0102030405"),
            new Seen(2, "eth0", ethernet, unknown, 1_700_000_000_000_001_000L, 60, "09080706"),
            new Seen(3, "eth0", ethernet, unknown, 7_000, 2, "0505"));
    assertThat(read.source().counters().truncated()).isEqualTo(2);
    assertThat(read.source().damage()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("orders")
  void shouldPassOverAllOtherBlocks(ByteOrder order) throws Exception {
    FileBytes file = in(order).section().description(1, 0, in(order));
    // Name resolution, systemd journal, decryption secrets, custom (two), one never heard of.
    for (int type : new int[] {4, 9, 10, 0x0bad, 0x4000_0bad, 0x7fff_1234}) {
      file.block(type, in(order).append(new byte[type == 4 ? 100_000 : 8]));
    }
    file.block(9, in(order)).enhanced(0, 1, PACKET);

    Read read = read(file.bytes());

    assertThat(read.hex()).containsExactly("0102030405");
    assertThat(read.source().damage()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, UNKNOWN", "1, INGRESS", "2, EGRESS", "3, UNKNOWN", "0x1fd, INGRESS"})
  void shouldKnowTheDirectionByTheFlags(String flags, PacketDirection direction) throws Exception {
    for (ByteOrder order : orders().toList()) {
      FileBytes options = in(order).u16(2).u16(4).u32(Integer.decode(flags));
      byte[] file =
          in(order)
              .section()
              .description(1, 0, in(order))
              .enhanced(0, 1, PACKET, 5, options)
              .bytes();

      assertThat(read(file).packets().getFirst().direction()).isEqualTo(direction);
    }
  }

  @Test
  void shouldReadSeveralInterfacesEachWithItsResolution() throws Exception {
    FileBytes file = in(LITTLE_ENDIAN).section();
    file.description(1, 0, named(LITTLE_ENDIAN, "a").option(9, new byte[] {9}).u32(0));
    file.description(101, 0, named(LITTLE_ENDIAN, "b").option(9, new byte[] {(byte) 0x8a}));
    FileBytes offset = in(LITTLE_ENDIAN).u16(14).u16(8).u64(100);
    file.description(113, 0, offset.option(9, new byte[] {3}));
    file.enhanced(2, 1, PACKET).enhanced(1, 1536, PACKET).enhanced(0, 3_000_000_001L, PACKET);

    Read read = read(file.bytes());

    assertThat(read.times()).containsExactly(100_001_000_000L, 1_500_000_000L, 3_000_000_001L);
    assertThat(read.packets())
        .extracting(Seen::linkType)
        .containsExactly(LinkType.LINUX_SLL, LinkType.RAW_IP, LinkType.ETHERNET);
    assertThat(read.source().interfaces())
        .extracting(CaptureInterface::id, CaptureInterface::name)
        .containsExactly(tuple(0, "a"), tuple(1, "b"), tuple(2, ""));
  }

  @Test
  void shouldReadSectionsOfDifferentByteOrderAndContinueTheSameInterface() throws Exception {
    byte[] first =
        in(LITTLE_ENDIAN)
            .section()
            .description(1, 0, named(LITTLE_ENDIAN, "eth0"))
            .enhanced(0, 1, PACKET)
            .bytes();
    byte[] second =
        in(BIG_ENDIAN)
            .section()
            .description(1, 0, named(BIG_ENDIAN, "eth0").option(9, new byte[] {9}))
            .description(1, 0, named(BIG_ENDIAN, "eth1"))
            .enhanced(0, 2, PACKET)
            .enhanced(1, 3, PACKET)
            .bytes();

    Read read = read(join(first, second));

    assertThat(read.times()).containsExactly(1_000L, 2L, 3_000L);
    assertThat(read.packets())
        .extracting(Seen::interfaceName)
        .containsExactly("eth0", "eth0", "eth1");
    assertThat(read.source().interfaces()).hasSize(2);
  }

  @Test
  void shouldCountPacketsOfUnsupportedInterfacesOnly() throws Exception {
    FileBytes file = in(LITTLE_ENDIAN).section();
    file.description(189, 0, in(LITTLE_ENDIAN)).description(1, 0, in(LITTLE_ENDIAN));
    file.enhanced(0, 1, PACKET).enhanced(1, 2, PACKET).enhanced(0, 3, PACKET);
    file.block(3, in(LITTLE_ENDIAN).u32(0));

    Read read = read(file.bytes());

    assertThat(read.packets()).extracting(Seen::number).containsExactly(2L);
    assertThat(read.source().counters().ignored())
        .containsEntry(CaptureFileSource.UNSUPPORTED_LINK_TYPE, 3L);
  }

  @Test
  void shouldAddUpWhatTheCaptureLost() throws Exception {
    FileBytes file = in(BIG_ENDIAN).section();
    file.description(1, 0, in(BIG_ENDIAN)).description(1, 0, in(BIG_ENDIAN));
    file.block(5, statistics(0, 5)).block(5, statistics(1, 7)).block(5, statistics(0, 6));
    file.block(5, statistics(1, -1));

    assertThat(read(file.bytes()).source().counters().lostKernel()).isEqualTo(13);
  }

  private static FileBytes statistics(int number, long dropped) {
    return in(BIG_ENDIAN).u32(number).u64(1).u16(5).u16(8).u64(dropped).u32(0);
  }

  @Test
  void shouldMakeInterfaceNamesFitForATerminal() throws Exception {
    FileBytes options = named(LITTLE_ENDIAN, "e\u001b[31m" + "x".repeat(300));
    byte[] file = in(LITTLE_ENDIAN).section().description(1, 0, options).bytes();

    String name = read(file).source().interfaces().getFirst().name();

    assertThat(name).startsWith("e?[31mx").hasSize(128);
  }

  private static Stream<FileBytes> damagedBlocks() {
    return Stream.of(
        in(LITTLE_ENDIAN).enhanced(1, 1, PACKET),
        in(LITTLE_ENDIAN).u32(6).u32(0).u64(0),
        in(LITTLE_ENDIAN).u32(0x77).u32(4).u64(0),
        in(LITTLE_ENDIAN).u32(0x77).u32(0x7fff_ffff).u64(0),
        in(LITTLE_ENDIAN).u32(0x77).u32(-4).u64(0),
        in(LITTLE_ENDIAN).u32(6).u32(-4).u64(0),
        in(LITTLE_ENDIAN).u32(0x77).u32(14).u64(0),
        in(LITTLE_ENDIAN).u32(0x77).u32(16).u32(0).u32(20),
        in(LITTLE_ENDIAN).block(6, in(LITTLE_ENDIAN).u64(0).u32(0).u32(5).u32(5)),
        in(LITTLE_ENDIAN).block(6, in(LITTLE_ENDIAN).u64(0).u32(0).u32(-1).u32(5)),
        in(LITTLE_ENDIAN).block(3, in(LITTLE_ENDIAN).u32(5)),
        in(LITTLE_ENDIAN).block(5, in(LITTLE_ENDIAN).u32(8).u64(0)),
        in(LITTLE_ENDIAN).enhanced(0, 1, PACKET, 5, in(LITTLE_ENDIAN).u16(1).u16(9)),
        in(LITTLE_ENDIAN).description(1, 0, in(LITTLE_ENDIAN).u16(2).u16(9)),
        in(LITTLE_ENDIAN).u32(0x0a0d0d0a).u32(28).append(new byte[20]),
        in(LITTLE_ENDIAN).u32(0x0a0d0d0a).u32(28).u32(0x1a2b3c4d).u16(2).append(new byte[14]),
        in(LITTLE_ENDIAN).u32(0x0a0d0d0a).u32(12).u32(0x1a2b3c4d).u16(1).append(new byte[14]));
  }

  @ParameterizedTest
  @MethodSource("damagedBlocks")
  void shouldStopAtADamagedBlockAndKeepWhatCameBefore(FileBytes damaged) throws Exception {
    byte[] sound =
        in(LITTLE_ENDIAN)
            .section()
            .description(1, 0, in(LITTLE_ENDIAN))
            .enhanced(0, 1, PACKET)
            .bytes();
    byte[] more = in(LITTLE_ENDIAN).enhanced(0, 2, PACKET).bytes();

    Read read = read(join(sound, join(damaged.bytes(), more)));

    assertThat(read.times()).containsExactly(1_000L);
    assertThat(read.source().damage()).get().asString().startsWith("damaged at byte 88: ");
  }

  @Test
  void shouldRefuseEndlessInterfaces() throws Exception {
    FileBytes twenty = in(LITTLE_ENDIAN);
    for (int i = 0; i < 20_000; i++) {
      twenty.description(1, 0, in(LITTLE_ENDIAN));
    }
    byte[] section = in(LITTLE_ENDIAN).section().bytes();
    byte[] many = join(twenty.bytes(), join(twenty.bytes(), twenty.bytes()));
    byte[] packet = in(LITTLE_ENDIAN).enhanced(0, 1, PACKET).bytes();

    Read read = read(join(section, join(packetAfterOne(packet), join(many, twenty.bytes()))));

    assertThat(read.source().interfaces()).hasSize(InterfaceTable.MAX_INTERFACES);
    assertThat(read.source().damage()).get().asString().endsWith("more than 65536 interfaces");
  }

  private static byte[] packetAfterOne(byte[] packet) {
    return join(in(LITTLE_ENDIAN).description(1, 0, in(LITTLE_ENDIAN)).bytes(), packet);
  }
}
