// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The block format, by <a
 * href="https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html">draft-ietf-opsawg-pcapng</a>.
 *
 * <pre>
 *   block  type 4 | total length 4 | body, padded to 4 bytes | total length 4
 * </pre>
 *
 * <p>Only blocks that hold packets or describe interfaces are looked at; all others are passed over
 * at any length. Each section has its own byte order and interfaces. There is no way back into step
 * after a damaged block, so that reading ends there.
 */
final class PcapngReader extends RecordReader {
  /** The same in both byte orders. */
  static final int SECTION_HEADER = 0x0a0d0d0a;

  private static final int INTERFACE_DESCRIPTION = 1;
  private static final int OLD_PACKET = 2;
  private static final int SIMPLE_PACKET = 3;
  private static final int INTERFACE_STATISTICS = 5;
  private static final int ENHANCED_PACKET = 6;

  private static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
  private static final int SECTION_HEADER_LENGTH = 28;
  private static final int MAJOR_VERSION = 1;

  private static final int HEADER_LENGTH = 8;
  private static final int TRAILER_LENGTH = 4;
  private static final int SIMPLE_PACKET_AT = 12;
  private static final int PACKET_AT = 28;

  private static final int IF_NAME = 2;
  private static final int IF_TSRESOL = 9;
  private static final int IF_TSOFFSET = 14;
  private static final int ISB_IFDROP = 5;
  private static final int ISB_OSDROP = 7;
  private static final int PACKET_FLAGS = 2;
  private static final int MAX_COUNT_BITS = 48;

  private final List<FileInterface> section = new ArrayList<>();
  private final PcapngOptions options;
  private int length;

  PcapngReader(ByteFeed feed, InterfaceTable interfaces) {
    super(feed, interfaces);
    this.options = new PcapngOptions(feed);
  }

  @Override
  Next read(Packet packet) {
    if (!feed.ensure(HEADER_LENGTH)) {
      return ended("a block header");
    }
    int type = feed.intAt(0);
    if (type == SECTION_HEADER) {
      return readSection();
    }
    return switch (type) {
      case INTERFACE_DESCRIPTION -> holds(20) ? readInterface() : Next.END;
      case INTERFACE_STATISTICS -> holds(24) ? readStatistics() : Next.END;
      case ENHANCED_PACKET -> holds(32) ? readEnhanced(packet) : Next.END;
      case OLD_PACKET -> holds(32) ? readOld(packet) : Next.END;
      case SIMPLE_PACKET -> holds(16) ? readSimple(packet) : Next.END;
      default -> pass();
    };
  }

  private Next readSection() {
    if (!feed.ensure(SECTION_HEADER_LENGTH)) {
      return ended("a section header");
    }
    feed.order(ByteOrder.BIG_ENDIAN);
    if (feed.intAt(8) == Integer.reverseBytes(BYTE_ORDER_MAGIC)) {
      feed.order(ByteOrder.LITTLE_ENDIAN);
    }
    if (feed.intAt(8) != BYTE_ORDER_MAGIC) {
      return damaged("a section without a byte order");
    }
    if (feed.unsignedShortAt(12) != MAJOR_VERSION) {
      return damaged("a section of version " + feed.unsignedShortAt(12));
    }
    if (feed.unsignedIntAt(4) < SECTION_HEADER_LENGTH) {
      return damaged("a section header of " + feed.unsignedIntAt(4) + " bytes");
    }
    section.clear();
    return pass();
  }

  /** Passes over a block without holding it: its length may be anything. */
  private Next pass() {
    long total = feed.unsignedIntAt(4);
    if (!plausible(total, HEADER_LENGTH + TRAILER_LENGTH)) {
      return Next.END;
    }
    if (!feed.skip(total - TRAILER_LENGTH) || !feed.ensure(TRAILER_LENGTH)) {
      return ended("a block");
    }
    boolean closed = feed.unsignedIntAt(0) == total;
    feed.consume(TRAILER_LENGTH);
    return closed ? Next.OTHER : damaged("a block whose two lengths differ");
  }

  /** Whether a block is sound and held in full; if not, reading has ended. Sets its length. */
  private boolean holds(int least) {
    long total = feed.unsignedIntAt(4);
    if (!plausible(total, least)) {
      return false;
    }
    if (total > ByteFeed.MAX_CAPACITY) {
      damaged("a block of " + total + " bytes, " + ByteFeed.MAX_CAPACITY + " at most");
      return false;
    }
    length = (int) total;
    if (!feed.ensure(length)) {
      ended("a block");
      return false;
    }
    if (feed.intAt(length - TRAILER_LENGTH) != length) {
      damaged("a block whose two lengths differ");
      return false;
    }
    return true;
  }

  private boolean plausible(long total, int least) {
    if (total < least || (total & 3) != 0) {
      damaged("a block of " + total + " bytes");
      return false;
    }
    return true;
  }

  private Next readInterface() {
    if (interfaces.full() || section.size() == InterfaceTable.MAX_INTERFACES) {
      return damaged("more than " + InterfaceTable.MAX_INTERFACES + " interfaces");
    }
    String name = "";
    int resolution = 6;
    long offsetSeconds = 0;
    options.over(16, length - TRAILER_LENGTH);
    while (options.advance()) {
      if (options.is(IF_NAME)) {
        name = options.textValue();
      } else if (options.is(IF_TSRESOL, 1)) {
        resolution = options.unsignedByteValue();
      } else if (options.is(IF_TSOFFSET, 8)) {
        offsetSeconds = options.longValue();
      }
    }
    if (options.malformed()) {
      return damagedOption();
    }
    CaptureInterface announced = interfaces.announce(section.size(), name, feed.unsignedShortAt(8));
    TimestampUnit unit = new TimestampUnit(resolution, offsetSeconds);
    section.add(new FileInterface(announced, unit, feed.unsignedIntAt(12)));
    return leave(Next.OTHER);
  }

  private Next readStatistics() {
    long number = feed.unsignedIntAt(8);
    if (number >= section.size()) {
      return damagedInterface(number);
    }
    long lost = 0;
    options.over(20, length - TRAILER_LENGTH);
    while (options.advance()) {
      if (options.is(ISB_IFDROP, 8) || options.is(ISB_OSDROP, 8)) {
        // Some writers set all bits for "not known".
        boolean known = options.longValue() >>> MAX_COUNT_BITS == 0;
        lost += known ? options.longValue() : 0;
      }
    }
    if (options.malformed()) {
      return damagedOption();
    }
    countLost(section.get((int) number).lostSoFar(lost));
    return leave(Next.OTHER);
  }

  private Next readEnhanced(Packet packet) {
    return readPacket(packet, feed.unsignedIntAt(8));
  }

  /** The block that the enhanced one replaced: the interface has 2 bytes, and 2 count drops. */
  private Next readOld(Packet packet) {
    return readPacket(packet, feed.unsignedShortAt(8));
  }

  private Next readPacket(Packet packet, long number) {
    if (number >= section.size()) {
      return damagedInterface(number);
    }
    FileInterface on = section.get((int) number);
    long capturedLength = feed.unsignedIntAt(20);
    int room = length - PACKET_AT - TRAILER_LENGTH;
    if (capturedLength > room) {
      return damaged("a packet of " + capturedLength + " bytes in a block of " + length);
    }
    if (!on.supported()) {
      return leave(foundUnsupported());
    }
    if (capturedLength > MAX_PACKET) {
      return damaged("a packet of " + capturedLength + " bytes, " + MAX_PACKET + " at most");
    }
    int optionsAt = PACKET_AT + ((int) capturedLength + 3 & ~3);
    PacketDirection direction = directionByFlags(optionsAt);
    if (options.malformed()) {
      return damagedOption();
    }
    long units = feed.unsignedIntAt(12) << 32 | feed.unsignedIntAt(16);
    return leave(
        found(
            packet,
            on,
            direction,
            PACKET_AT,
            (int) capturedLength,
            feed.unsignedIntAt(24),
            on.timestampUnit().epochNanos(units)));
  }

  private PacketDirection directionByFlags(int optionsAt) {
    options.over(optionsAt, length - TRAILER_LENGTH);
    while (options.advance()) {
      if (options.is(PACKET_FLAGS, 4)) {
        return switch (options.intValue() & 3) {
          case 1 -> PacketDirection.INGRESS;
          case 2 -> PacketDirection.EGRESS;
          default -> PacketDirection.UNKNOWN;
        };
      }
    }
    return PacketDirection.UNKNOWN;
  }

  /** A packet of the first interface with no time; its captured length follows from the others. */
  private Next readSimple(Packet packet) {
    if (section.isEmpty()) {
      return damagedInterface(0);
    }
    FileInterface on = section.getFirst();
    if (!on.supported()) {
      return leave(foundUnsupported());
    }
    long originalLength = feed.unsignedIntAt(8);
    long capturedLength = on.capturedOf(originalLength);
    int room = length - SIMPLE_PACKET_AT - TRAILER_LENGTH;
    if (capturedLength > room || capturedLength > MAX_PACKET) {
      return damaged("a packet of " + capturedLength + " bytes in a block of " + length);
    }
    return leave(
        found(
            packet,
            on,
            PacketDirection.UNKNOWN,
            SIMPLE_PACKET_AT,
            (int) capturedLength,
            originalLength,
            countUntimed()));
  }

  private Next damagedInterface(long number) {
    return damaged("interface " + number + " is used but " + section.size() + " are described");
  }

  private Next damagedOption() {
    return damaged("an option that is longer than its block");
  }

  private Next leave(Next next) {
    feed.consume(length);
    return next;
  }
}
