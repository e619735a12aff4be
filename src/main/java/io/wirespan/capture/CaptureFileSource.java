// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The packets of a pcap or pcapng file, plain or compressed with gzip, in the order in which they
 * stand in it. The file streams through one buffer; packets are viewed in place.
 *
 * <p>A damaged file is read up to the damage, which is then logged with its offset. What cannot be
 * read at all is an error: at {@link #open} or, if the first packet is damaged, at {@link #poll}.
 */
public final class CaptureFileSource implements PacketSource {
  /** Stands for standard input where a file is named. */
  public static final String STANDARD_INPUT = "-";

  /** Reason in {@link CaptureCounters#ignored}. */
  public static final String UNSUPPORTED_LINK_TYPE = "unsupported-link-type";

  private static final Logger LOG = LoggerFactory.getLogger(CaptureFileSource.class);

  /** Records read by one poll: few enough that the caller soon has a say again. */
  private static final int BATCH = 1024;

  private final String name;
  private final ReadableByteChannel channel;
  private final ByteFeed feed;
  private final InterfaceTable interfaces;
  private final RecordReader reader;
  private final long size;
  private final Packet packet = new Packet();
  private long forwarded;
  private boolean ended;

  private CaptureFileSource(String name, ReadableByteChannel channel, long size, Side side)
      throws IOException, SetupException {
    this.name = name;
    this.channel = channel;
    this.size = size;
    this.interfaces = new InterfaceTable(side);
    this.feed = ByteFeed.of(channel);
    this.reader = detect();
  }

  /**
   * Opens a file, or standard input as {@value #STANDARD_INPUT}, and reads its header.
   *
   * @param side from where its interfaces saw the workload
   * @throws SetupException if there is no such file or it holds something else
   */
  public static CaptureFileSource open(String file, Side side) throws SetupException {
    if (file.equals(STANDARD_INPUT)) {
      // System.in would not let another thread interrupt a read.
      return open("standard input", new FileInputStream(FileDescriptor.in).getChannel(), side);
    }
    try {
      Path path = Path.of(file);
      if (Files.isDirectory(path)) {
        throw new SetupException("cannot read " + file + ": it is a directory", "");
      }
      return open(file, FileChannel.open(path, StandardOpenOption.READ), side);
    } catch (NoSuchFileException e) {
      throw new SetupException("cannot read " + file + ": no such file", "", e);
    } catch (AccessDeniedException e) {
      throw new SetupException("cannot read " + file + ": permission denied", "", e);
    } catch (IOException | InvalidPathException e) {
      throw new SetupException("cannot read " + file + ": " + e.getMessage(), "", e);
    }
  }

  private static CaptureFileSource open(String name, FileChannel channel, Side side)
      throws SetupException {
    return open(name, channel, sizeOf(channel), side);
  }

  /** A pipe or a terminal has no size, and some say so with an exception. */
  private static long sizeOf(FileChannel channel) {
    try {
      return channel.size();
    } catch (IOException e) {
      return 0;
    }
  }

  /**
   * @param name for messages
   * @param size bytes in the channel; 0 if not known, then packets are handed over as they come
   */
  static CaptureFileSource open(String name, ReadableByteChannel channel, long size, Side side)
      throws SetupException {
    try {
      return new CaptureFileSource(name, channel, size, side);
    } catch (IOException e) {
      close(channel, name);
      throw new SetupException("cannot read " + name + ": " + ByteFeed.reason(e), "", e);
    } catch (SetupException e) {
      close(channel, name);
      throw e;
    }
  }

  private RecordReader detect() throws SetupException {
    if (!feed.ensure(PcapReader.MAGIC_LENGTH)) {
      throw feed.offset() + feed.available() == 0 ? unreadable("it is empty") : notACapture();
    }
    feed.order(ByteOrder.BIG_ENDIAN);
    int magic = feed.intAt(0);
    if (magic == PcapngReader.SECTION_HEADER) {
      return new PcapngReader(feed, interfaces);
    }
    ByteOrder order = PcapReader.orderOf(magic).orElseThrow(this::notACapture);
    return PcapReader.open(feed, interfaces, order)
        .orElseThrow(() -> unreadable("it ends inside the file header"));
  }

  private SetupException unreadable(String why) {
    return new SetupException("cannot read " + name + ": " + feed.failure().orElse(why), "");
  }

  private SetupException notACapture() {
    StringBuilder beginning = new StringBuilder();
    for (int i = 0; i < Math.min(PcapReader.MAGIC_LENGTH, feed.available()); i++) {
      beginning.append(String.format(" %02x", feed.byteAt(i)));
    }
    return new SetupException(
        "cannot read " + name + ": neither pcap nor pcapng, it begins" + beginning,
        "gzip is decompressed on the way, other compression is not");
  }

  /**
   * Hands over the next packets of the file. Of a pipe it waits for the first of them without
   * limit: {@link #wakeup} ends that.
   */
  @Override
  public int poll(PacketHandler handler, int timeoutMillis) throws IOException {
    if (ended) {
      return END;
    }
    int handed = 0;
    for (int i = 0; i < BATCH && (i == 0 || !mayWait()); i++) {
      switch (reader.next(packet)) {
        case PACKET -> {
          forwarded++;
          handed++;
          handler.onPacket(packet);
        }
        case OTHER -> {}
        case END -> {
          end();
          return handed == 0 ? END : handed;
        }
      }
    }
    return handed;
  }

  /** Whether to read on could mean to wait, while packets already handed over want attention. */
  private boolean mayWait() {
    return size == 0 && feed.available() == 0;
  }

  private void end() throws IOException {
    ended = true;
    if (reader.damage().isPresent()) {
      if (reader.packets() == 0) {
        throw new IOException("cannot read " + name + ": " + reader.damage().get());
      }
      LOG.warn(
          "{} is {}; the {} packets before that were read",
          name,
          reader.damage().get(),
          reader.packets());
    }
    if (reader.unsupported() > 0) {
      LOG.warn(
          "{}: {} packets left out, link types {} are not supported",
          name,
          reader.unsupported(),
          interfaces.unsupportedLinkNumbers());
    }
    if (reader.untimed() > 0) {
      LOG.warn(
          "{}: {} packets have no time of their own, durations are not to be trusted",
          name,
          reader.untimed());
    }
    if (reader.lost() > 0) {
      LOG.warn("{}: {} packets were lost when it was captured", name, reader.lost());
    }
  }

  /** Where the file is damaged and how, as far as it was read. */
  public Optional<String> damage() {
    return reader.damage();
  }

  /** How much of the file was read, if its size is known. */
  public OptionalInt percentRead() {
    if (size <= 0 || !(channel instanceof FileChannel file)) {
      return OptionalInt.empty();
    }
    try {
      return OptionalInt.of((int) Math.clamp(file.position() * 100.0 / size, 0, 100));
    } catch (IOException e) {
      return OptionalInt.empty();
    }
  }

  @Override
  public List<CaptureInterface> interfaces() {
    return interfaces.interfaces();
  }

  /** Lost packets are those of the pcapng statistics blocks. */
  @Override
  public CaptureCounters counters() {
    Map<String, Long> ignored =
        reader.unsupported() == 0 ? Map.of() : Map.of(UNSUPPORTED_LINK_TYPE, reader.unsupported());
    return new CaptureCounters(
        reader.packets(), forwarded, reader.lost(), 0, reader.truncated(), ignored);
  }

  /** Ends the file here, as if it were over. */
  @Override
  public void wakeup() {
    close();
  }

  @Override
  public void close() {
    close(channel, name);
  }

  private static void close(ReadableByteChannel channel, String name) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("closing {}", name, e);
    }
  }
}
