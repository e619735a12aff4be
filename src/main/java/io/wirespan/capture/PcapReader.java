// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The classic format, by <a
 * href="https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html">draft-ietf-opsawg-pcap</a>.
 *
 * <pre>
 *   file    magic 4 | major 2 | minor 2 | reserved 8 | snap length 4 | link type 4
 *   packet  seconds 4 | fraction 4 | captured length 4 | original length 4 | bytes
 * </pre>
 */
final class PcapReader extends RecordReader {
  static final int MAGIC_LENGTH = 4;
  private static final int FILE_HEADER_LENGTH = 24;
  private static final int LINK_TYPE_AT = 20;

  private static final int MICROSECONDS = 0xa1b2c3d4;
  private static final int NANOSECONDS = 0xa1b23c4d;

  /** Alexey Kuznetsov's patch of 1999: packet headers are 8 bytes longer. */
  private static final int MODIFIED = 0xa1b2cd34;

  private static final int HEADER_LENGTH = 16;
  private static final int MODIFIED_HEADER_LENGTH = 24;
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private final FileInterface capturedOn;
  private final int nanosPerFraction;
  private final int headerLength;

  private PcapReader(
      ByteFeed feed, InterfaceTable interfaces, int magic, CaptureInterface capturedOn) {
    super(feed, interfaces);
    this.capturedOn = new FileInterface(capturedOn, TimestampUnit.NANOSECONDS, 0);
    this.nanosPerFraction = magic == NANOSECONDS ? 1 : 1_000;
    this.headerLength = magic == MODIFIED ? MODIFIED_HEADER_LENGTH : HEADER_LENGTH;
  }

  /** The byte order that makes a magic number of the first bytes, if one does. */
  static Optional<ByteOrder> orderOf(int bigEndianMagic) {
    if (isMagic(bigEndianMagic)) {
      return Optional.of(ByteOrder.BIG_ENDIAN);
    }
    return isMagic(Integer.reverseBytes(bigEndianMagic))
        ? Optional.of(ByteOrder.LITTLE_ENDIAN)
        : Optional.empty();
  }

  private static boolean isMagic(int value) {
    return value == MICROSECONDS || value == NANOSECONDS || value == MODIFIED;
  }

  /** Reads the file header; empty if the file ends inside it. */
  static Optional<RecordReader> open(ByteFeed feed, InterfaceTable interfaces, ByteOrder order) {
    if (!feed.ensure(FILE_HEADER_LENGTH)) {
      return Optional.empty();
    }
    feed.order(order);
    int magic = feed.intAt(0);
    // The upper half holds the length of the frame check sequence, which no decoder here needs.
    int linkNumber = feed.intAt(LINK_TYPE_AT) & 0xffff;
    feed.consume(FILE_HEADER_LENGTH);
    return Optional.of(
        new PcapReader(feed, interfaces, magic, interfaces.announce(0, "", linkNumber)));
  }

  @Override
  Next read(Packet packet) {
    if (!feed.ensure(headerLength)) {
      return ended("a packet header");
    }
    long epochNanos =
        feed.unsignedIntAt(0) * NANOS_PER_SECOND + feed.unsignedIntAt(4) * nanosPerFraction;
    long capturedLength = feed.unsignedIntAt(8);
    long originalLength = feed.unsignedIntAt(12);
    if (!capturedOn.supported()) {
      return feed.skip(headerLength + capturedLength) ? foundUnsupported() : ended("a packet");
    }
    if (capturedLength > MAX_PACKET) {
      return damaged("a packet of " + capturedLength + " bytes, " + MAX_PACKET + " at most");
    }
    int length = headerLength + (int) capturedLength;
    if (!feed.ensure(length)) {
      return ended("a packet");
    }
    Next found =
        found(
            packet,
            capturedOn,
            PacketDirection.UNKNOWN,
            headerLength,
            (int) capturedLength,
            originalLength,
            epochNanos);
    feed.consume(length);
    return found;
  }
}
