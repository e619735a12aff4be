// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/** What the room above may ask of a connection, at any time until {@link StreamHandler#onClose}. */
public interface Connection {
  Flow flow();

  /** Epoch nanoseconds of the first SYN; 0 if not seen. */
  long synEpochNanos();

  /** Epoch nanoseconds of the SYN-ACK; 0 if not seen. */
  long synAckEpochNanos();

  /** Epoch nanoseconds of the ACK that ends the handshake; 0 if not seen. */
  long handshakeAckEpochNanos();

  /**
   * Whether offset 0 of a direction is its sender's first byte, by a handshake packet of either
   * side; else the stream was joined later.
   */
  boolean isFromStart(Direction direction);

  /** As {@link PacketStamp#zeroWindowNanos}, up to now. */
  long zeroWindowNanos(Direction direction);

  /**
   * Stops delivery: from here on the connection's packets are only counted, nothing is buffered and
   * only {@link StreamHandler#onClose} is still called.
   */
  void ignore();
}
