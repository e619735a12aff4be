// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/**
 * When some bytes of a stream crossed the interface, and how much of their connection had by then.
 *
 * <p>A flyweight: valid only during the callback that hands it over. Counts are of packets on the
 * wire and of bytes at IP level (from the IP header on), pure acknowledgements included.
 */
public interface PacketStamp {
  long timestampEpochNanos();

  /** Position of the packet in its source, from 1. */
  long packetNumber();

  /** {@link #acknowledgedOffset} of a packet of which that is not known. */
  long UNKNOWN_OFFSET = -1;

  /**
   * How far into the other direction's stream the sender had received when it sent this packet, by
   * its acknowledgement number; {@link #UNKNOWN_OFFSET} if none of that stream was seen before.
   */
  default long acknowledgedOffset() {
    return UNKNOWN_OFFSET;
  }

  /** Packets of the connection in {@code direction} up to and including this packet. */
  long packetsThrough(Direction direction);

  /** Packets of the connection in {@code direction} before this packet. */
  long packetsBefore(Direction direction);

  /** Bytes of the connection in {@code direction} up to and including this packet. */
  long bytesThrough(Direction direction);

  /** Bytes of the connection in {@code direction} before this packet. */
  long bytesBefore(Direction direction);

  /**
   * Nanoseconds up to this packet in which the receiver of {@code direction} announced a window of
   * zero, since the connection began.
   */
  long zeroWindowNanos(Direction direction);
}
