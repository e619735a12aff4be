// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import java.util.Optional;

/** Reads the records of one capture file format, one after the other. */
abstract sealed class RecordReader permits PcapReader, PcapngReader {
  /** What a record turned out to be. */
  enum Next {
    /** The flyweight shows a packet. */
    PACKET,
    /** There was no packet in it, or none that can be decoded. */
    OTHER,
    /** There is none: the file ends, or is damaged here. */
    END
  }

  /** As in libpcap and Wireshark: no packet of a link type that is decoded here is larger. */
  static final int MAX_PACKET = 262_144;

  final ByteFeed feed;
  final InterfaceTable interfaces;
  private long recordOffset;
  private Optional<String> damage = Optional.empty();
  private long lastEpochNanos;
  private long packets;
  private long truncated;
  private long unsupported;
  private long untimed;
  private long lost;

  RecordReader(ByteFeed feed, InterfaceTable interfaces) {
    this.feed = feed;
    this.interfaces = interfaces;
  }

  /**
   * Reads the next record. The packet is valid until the next call. After {@link Next#END} comes
   * nothing else.
   */
  final Next next(Packet packet) {
    if (damage.isPresent()) {
      return Next.END;
    }
    recordOffset = feed.offset();
    return read(packet);
  }

  abstract Next read(Packet packet);

  /** Shows a packet whose bytes are held, {@code distance} bytes into the feed. */
  final Next found(
      Packet packet,
      FileInterface on,
      PacketDirection direction,
      int distance,
      int capturedLength,
      long originalLength,
      long epochNanos) {
    packets++;
    if (originalLength > capturedLength) {
      truncated++;
    }
    lastEpochNanos = epochNanos;
    packet.wrap(
        on.capturedOn(),
        direction,
        feed.view(),
        feed.index() + distance,
        capturedLength,
        (int) Math.clamp(originalLength, capturedLength, Integer.MAX_VALUE),
        // The rooms above take a time of 0 for "not seen".
        Math.max(1, epochNanos),
        packets);
    return Next.PACKET;
  }

  /** Counts a packet that cannot be decoded. */
  final Next foundUnsupported() {
    packets++;
    unsupported++;
    return Next.OTHER;
  }

  /** The time to give to a packet that was captured without one: that of the packet before it. */
  final long countUntimed() {
    untimed++;
    return lastEpochNanos;
  }

  final void countLost(long count) {
    lost += count;
  }

  /** Ends reading: the record that began last is not what it should be. */
  final Next damaged(String what) {
    damage = Optional.of("damaged at byte " + recordOffset + ": " + what);
    return Next.END;
  }

  /** Ends reading: the stream is over, in good order only between two records. */
  final Next ended(String inside) {
    if (feed.closedByOther()) {
      return Next.END;
    }
    if (feed.failure().isPresent()) {
      return damaged(feed.failure().get());
    }
    boolean between = feed.available() == 0 && feed.offset() == recordOffset;
    return between ? Next.END : damaged("the file ends inside " + inside);
  }

  Optional<String> damage() {
    return damage;
  }

  /** Packets so far, decoded or not. */
  long packets() {
    return packets;
  }

  long truncated() {
    return truncated;
  }

  /** Packets of a link type that is not decoded. */
  long unsupported() {
    return unsupported;
  }

  /** Packets that were captured without a time. */
  long untimed() {
    return untimed;
  }

  /** Packets that the file says the capture lost. */
  long lost() {
    return lost;
  }
}
