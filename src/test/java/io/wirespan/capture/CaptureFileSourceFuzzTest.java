// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.replay.Mutations;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as a capture file: refused, or read up to the damage. */
public final class CaptureFileSourceFuzzTest {
  private static final byte[] PACKET = {0x45, 0, 0, 4};

  private long packets;

  public static List<byte[]> seeds() {
    byte[] pcap =
        FileBytes.pcap(ByteOrder.LITTLE_ENDIAN, 0xa1b2c3d4, 1)
            .append(record(ByteOrder.LITTLE_ENDIAN))
            .append(record(ByteOrder.LITTLE_ENDIAN))
            .bytes();
    byte[] nanoseconds =
        FileBytes.pcap(ByteOrder.BIG_ENDIAN, 0xa1b23c4d, 101)
            .append(record(ByteOrder.BIG_ENDIAN))
            .bytes();
    byte[] little = pcapng(ByteOrder.LITTLE_ENDIAN);
    return List.of(
        pcap,
        nanoseconds,
        little,
        FileBytes.join(pcapng(ByteOrder.BIG_ENDIAN), little),
        FileBytes.gzip(pcap));
  }

  private static byte[] record(ByteOrder order) {
    return FileBytes.in(order).u32(1).u32(2).u32(PACKET.length).u32(60).append(PACKET).bytes();
  }

  private static byte[] pcapng(ByteOrder order) {
    FileBytes none = FileBytes.in(order);
    FileBytes options = FileBytes.in(order).option(2, new byte[] {'e', 't', 'h'});
    options.option(9, new byte[] {9}).option(14, new byte[8]).option(0, new byte[0]);
    return FileBytes.in(order)
        .section()
        .description(1, 0, none)
        .description(113, 96, options)
        .enhanced(0, 1_000_000, PACKET)
        .enhanced(1, 5, PACKET, 1500, FileBytes.in(order).option(2, new byte[] {1, 0, 0, 0}))
        .block(3, FileBytes.in(order).u32(PACKET.length).append(PACKET))
        .block(5, FileBytes.in(order).u32(0).u32(0).u32(0).option(5, new byte[8]))
        .block(0xbad, FileBytes.in(order).u32(7))
        .bytes();
  }

  static List<byte[]> inputs() {
    return Mutations.of(seeds());
  }

  @ParameterizedTest
  @MethodSource("inputs")
  void shouldReadAnyBytes(byte[] file) {
    fuzzerTestOneInput(file);
  }

  public static void fuzzerTestOneInput(byte[] file) {
    new CaptureFileSourceFuzzTest().read(file);
  }

  private void read(byte[] file) {
    try (CaptureFileSource source = FileBytes.open(file)) {
      while (source.poll(this::check, 0) != PacketSource.END) {}
      assertThat(source.poll(this::check, 0)).isEqualTo(PacketSource.END);
      CaptureCounters counters = source.counters();
      assertThat(counters.forwarded()).isEqualTo(packets);
      long ignored = counters.ignored().values().stream().mapToLong(Long::longValue).sum();
      assertThat(counters.seen()).isGreaterThanOrEqualTo(packets + ignored);
    } catch (SetupException e) {
      assertThat(packets).isZero();
    } catch (IOException e) {
      // The first record is damaged.
      assertThat(packets).isZero();
    }
  }

  private void check(Packet packet) {
    packets++;
    assertThat(packet.number()).isGreaterThanOrEqualTo(packets);
    assertThat(packet.capturedLength()).isBetween(0, packet.bytes().capacity() - packet.offset());
    assertThat(packet.offset()).isNotNegative();
    assertThat(packet.originalLength()).isNotNegative();
    assertThat(packet.capturedOn().linkType()).isNotEqualTo(LinkType.UNSUPPORTED);
  }
}
