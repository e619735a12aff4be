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

  /** The end of a stream of which it is not known. */
  long STREAM_END = Long.MAX_VALUE;

  /**
   * Says that of a direction's bytes only the number is needed, from those delivered last up to
   * {@code endOffset}. They come by {@link StreamHandler#onData} all the same, or by {@link
   * StreamHandler#onSkipped} where the source spares itself and us the copy.
   *
   * @param endOffset stream offset, or {@link #STREAM_END}
   * @param follow whether the source may do the same with the bodies of later HTTP/1 messages of
   *     this direction whose heads tell their length
   */
  void skip(Direction direction, long endOffset, boolean follow);

  /**
   * Stops delivery: from here on the connection's packets are only counted, nothing is buffered and
   * only {@link StreamHandler#onClose} is still called.
   */
  void ignore();
}
