// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import static io.wirespan.capture.FileBytes.gzip;
import static io.wirespan.capture.FileBytes.in;
import static io.wirespan.capture.FileBytes.join;
import static io.wirespan.capture.FileBytes.open;
import static io.wirespan.capture.FileBytes.pcap;
import static io.wirespan.capture.FileBytes.read;
import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.wirespan.capture.FileBytes.Read;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CaptureFileSourceTest {
  private static final byte[] PACKET = {1, 2, 3, 4, 5, 6, 7};

  private static byte[] classic() {
    FileBytes file = pcap(LITTLE_ENDIAN, 0xa1b2c3d4, 1);
    for (int i = 1; i <= 5; i++) {
      file.u32(i).u32(0).u32(PACKET.length).u32(PACKET.length).append(PACKET);
    }
    return file.bytes();
  }

  private static byte[] blocks() {
    FileBytes file = in(BIG_ENDIAN).section();
    file.description(1, 6, in(BIG_ENDIAN).option(2, new byte[] {'e'}).option(9, new byte[] {9}));
    file.enhanced(0, 1, PACKET, 7, in(BIG_ENDIAN).option(2, new byte[] {0, 0, 0, 1}).u32(0));
    file.block(0x77, in(BIG_ENDIAN).u64(0)).enhanced(0, 2, PACKET);
    file.block(3, in(BIG_ENDIAN).u32(7).append(new byte[8]));
    file.block(5, in(BIG_ENDIAN).u32(0).u64(0).u16(5).u16(8).u64(1).u32(0));
    return join(file.bytes(), file.bytes());
  }

  private static Stream<byte[]> files() {
    return Stream.of(classic(), blocks(), gzip(classic()), gzip(blocks()));
  }

  @Test
  void shouldReadThroughGzipInSeveralMembers() throws Exception {
    byte[] file = classic();
    byte[] half = Arrays.copyOfRange(file, 0, 50);
    byte[] members = join(gzip(half), gzip(Arrays.copyOfRange(file, 50, file.length)));

    assertThat(read(members).packets()).isEqualTo(read(file).packets()).hasSize(5);
    assertThat(read(oneByteAtATime(members)).packets()).hasSize(5);
  }

  @ParameterizedTest
  @MethodSource("files")
  void shouldReadAStreamHoweverItIsCutUp(byte[] file) throws Exception {
    assertThat(read(oneByteAtATime(file)).packets()).isEqualTo(read(file).packets());
  }

  private static CaptureFileSource oneByteAtATime(byte[] file) throws SetupException {
    InputStream slow =
        new ByteArrayInputStream(file) {
          @Override
          public int read(byte[] target, int offset, int length) {
            return super.read(target, offset, Math.min(length, 1));
          }

          @Override
          public int available() {
            return 0;
          }
        };
    return CaptureFileSource.open("pipe", Channels.newChannel(slow), 0, Side.UNKNOWN);
  }

  @ParameterizedTest
  @MethodSource("files")
  void shouldKeepWhatStandsBeforeTheCutAtEveryLength(byte[] file) throws Exception {
    List<FileBytes.Seen> all = read(file).packets();
    for (int length = 0; length < file.length; length++) {
      readCut(Arrays.copyOf(file, length), all);
    }
  }

  private static void readCut(byte[] cut, List<FileBytes.Seen> all) throws Exception {
    CaptureFileSource source;
    try {
      source = open(cut);
    } catch (SetupException e) {
      assertThat(e).hasMessageStartingWith("cannot read file: ");
      return;
    }
    List<Long> numbers = new ArrayList<>();
    try (source) {
      while (source.poll(packet -> numbers.add(packet.number()), 0) != PacketSource.END) {}
      boolean whole = isWhole(cut);
      assertThat(source.damage().isEmpty()).as("cut at %d", cut.length).isEqualTo(whole);
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("damaged at byte");
      assertThat(numbers).isEmpty();
    }
    assertThat(numbers.size()).isLessThanOrEqualTo(all.size());
  }

  /** Whether a prefix ends between two records, found by walking their lengths. */
  private static boolean isWhole(byte[] prefix) {
    ByteBuffer bytes = ByteBuffer.wrap(prefix);
    if (bytes.getShort(0) == (short) 0x1f8b) {
      return false;
    }
    boolean blocks = bytes.getInt(0) == 0x0a0d0d0a;
    bytes.order(blocks ? BIG_ENDIAN : LITTLE_ENDIAN);
    int at = blocks ? 0 : 24;
    while (at + 16 <= prefix.length) {
      at += blocks ? bytes.getInt(at + 4) : 16 + bytes.getInt(at + 8);
    }
    return at == prefix.length;
  }

  @Test
  void shouldTellWhereAndHowAFileIsCut() throws Exception {
    Read read = read(Arrays.copyOf(classic(), 24 + 23 + 20));

    assertThat(read.packets()).hasSize(1);
    assertThat(read.source().damage())
        .contains("damaged at byte 47: the file ends inside a packet");
  }

  @ParameterizedTest
  @MethodSource("files")
  void shouldEndInGoodOrderOnDamageOfAnyKind(byte[] file) throws IOException {
    Random random = new Random(42);
    for (int round = 0; round < 10_000; round++) {
      byte[] damaged = file.clone();
      for (int flips = 1 + random.nextInt(8); flips > 0; flips--) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      }
      long[] packets = {0};
      try (CaptureFileSource source = open(damaged)) {
        int polls = 0;
        while (source.poll(packet -> packets[0] += touch(packet), 0) != PacketSource.END) {
          assertThat(polls++).isLessThan(100);
        }
      } catch (SetupException e) {
        assertThat(e).hasMessageStartingWith("cannot read file: ");
      } catch (IOException e) {
        assertThat(packets[0]).isZero();
        assertThat(e).hasMessageContaining("damaged at byte");
      }
    }
  }

  /** Reads both ends of a packet, as a decoder might. */
  private static int touch(Packet packet) {
    assertThat(packet.originalLength()).isGreaterThanOrEqualTo(packet.capturedLength());
    assertThat(packet.timestampEpochNanos()).isPositive();
    if (packet.capturedLength() > 0) {
      packet.bytes().getByte(packet.offset());
      packet.bytes().getByte(packet.offset() + packet.capturedLength() - 1);
    }
    return 1;
  }

  @Test
  void shouldFailIfTheVeryFirstPacketIsDamaged() throws Exception {
    try (CaptureFileSource source = open(Arrays.copyOf(classic(), 30))) {
      assertThatThrownBy(() -> source.poll(packet -> {}, 0))
          .isInstanceOf(IOException.class)
          .hasMessage("cannot read file: damaged at byte 24: the file ends inside a packet header");
      assertThat(source.poll(packet -> {}, 0)).isEqualTo(PacketSource.END);
    }
  }

  @Test
  void shouldAcceptACaptureOfNothing() throws Exception {
    Read read = read(Arrays.copyOf(classic(), 24));

    assertThat(read.packets()).isEmpty();
    assertThat(read.source().damage()).isEmpty();
  }

  @Test
  void shouldSayWhyAFileCannotBeRead(@TempDir Path directory) throws Exception {
    Path text = Files.writeString(directory.resolve("text"), "hello");
    Path empty = Files.createFile(directory.resolve("empty"));
    Path shortHeader = Files.write(directory.resolve("short"), Arrays.copyOf(classic(), 10));
    Path gzipText = Files.write(directory.resolve("gzip"), gzip(new byte[] {1, 2, 3, 4}));
    Path gzipHeader = Files.write(directory.resolve("gz"), new byte[] {0x1f, (byte) 0x8b});

    assertThatFile(text).endsWith("text: neither pcap nor pcapng, it begins 68 65 6c 6c");
    assertThatFile(empty).endsWith("empty: it is empty");
    assertThatFile(shortHeader).endsWith("short: it ends inside the file header");
    assertThatFile(gzipText).endsWith("gzip: neither pcap nor pcapng, it begins 01 02 03 04");
    assertThatFile(gzipHeader).startsWith("cannot read ");
    assertThatFile(directory).endsWith(": it is a directory");
    assertThatFile(directory.resolve("none")).endsWith("none: no such file");
  }

  private static AbstractStringAssert<?> assertThatFile(Path file) {
    try (CaptureFileSource source = CaptureFileSource.open(file.toString(), Side.UNKNOWN)) {
      throw new AssertionError("opened " + source.interfaces());
    } catch (SetupException e) {
      return assertThat(e.getMessage());
    }
  }

  @Test
  void shouldKnowHowMuchOfAFileItHasRead(@TempDir Path directory) throws Exception {
    Path path = Files.write(directory.resolve("file.pcap"), classic());

    Read read = read(CaptureFileSource.open(path.toString(), Side.INSIDE));

    assertThat(read.packets()).hasSize(5);
    assertThat(read.source().interfaces().getFirst().side()).isEqualTo(Side.INSIDE);
    try (CaptureFileSource source = CaptureFileSource.open(path.toString(), Side.UNKNOWN)) {
      assertThat(source.percentRead()).hasValue(100);
    }
  }

  @Test
  void shouldHandOverPacketsOfAPipeAsTheyCome() throws Exception {
    byte[] file = classic();
    Pipe pipe = Pipe.open();
    pipe.sink().write(ByteBuffer.wrap(file, 0, 24 + 2 * 23));
    List<Long> numbers = new ArrayList<>();
    try (CaptureFileSource source =
        CaptureFileSource.open("pipe", pipe.source(), 0, Side.UNKNOWN)) {
      assertThat(source.poll(packet -> numbers.add(packet.number()), 0)).isEqualTo(2);
      pipe.sink().write(ByteBuffer.wrap(file, 24 + 2 * 23, 3 * 23));
      assertThat(source.poll(packet -> numbers.add(packet.number()), 0)).isEqualTo(3);
      pipe.sink().close();
      assertThat(source.poll(packet -> numbers.add(packet.number()), 0))
          .isEqualTo(PacketSource.END);
    }
    assertThat(numbers).containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  @Test
  void shouldEndWhenAnotherThreadWakesItUp() throws Exception {
    Pipe pipe = Pipe.open();
    pipe.sink().write(ByteBuffer.wrap(classic(), 0, 24 + 23 + 3));
    try (CaptureFileSource source =
        CaptureFileSource.open("pipe", pipe.source(), 0, Side.UNKNOWN)) {
      CountDownLatch first = new CountDownLatch(1);
      Thread other =
          Thread.ofPlatform()
              .start(
                  () -> {
                    awaitUninterruptibly(first);
                    source.wakeup();
                  });
      while (source.poll(packet -> first.countDown(), 0) != PacketSource.END) {}
      other.join();
      assertThat(source.counters().forwarded()).isEqualTo(1);
      assertThat(source.damage()).isEmpty();
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldTakeNoMemoryPerPacket() throws Exception {
    long packets = 300_000;
    CaptureFileSource source =
        CaptureFileSource.open("endless", new Repeating(packets), Long.MAX_VALUE, Side.UNKNOWN);
    long[] sum = {0};
    PacketHandler handler = packet -> sum[0] += packet.bytes().getByte(packet.offset());
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < 20; i++) {
      source.poll(handler, 0);
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    while (source.poll(handler, 0) != PacketSource.END) {}
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(source.counters().forwarded()).isEqualTo(packets);
    assertThat(allocated).as("bytes for all packets").isLessThan(packets / 10);
  }

  /** A classic file of any size that exists only as it is read. */
  private static final class Repeating implements ReadableByteChannel {
    private final byte[] record = new byte[16 + 1400];
    private long left;
    private ByteBuffer current = ByteBuffer.wrap(pcap(LITTLE_ENDIAN, 0xa1b2c3d4, 1).bytes());

    Repeating(long packets) {
      ByteBuffer.wrap(record).order(LITTLE_ENDIAN).putInt(1).putInt(0).putInt(1400).putInt(1400);
      left = packets;
    }

    @Override
    public int read(ByteBuffer target) {
      int count = 0;
      while (target.hasRemaining()) {
        if (!current.hasRemaining()) {
          if (left-- <= 0) {
            break;
          }
          current = current.capacity() == record.length ? current.rewind() : firstRecord();
        }
        int length = Math.min(target.remaining(), current.remaining());
        target.put(target.position(), current, current.position(), length);
        target.position(target.position() + length);
        current.position(current.position() + length);
        count += length;
      }
      return count == 0 ? -1 : count;
    }

    private ByteBuffer firstRecord() {
      return ByteBuffer.wrap(record);
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
