// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.netty.buffer.ByteBuf;

/**
 * Receives what one connection carries, on the capture thread. Per direction, data and gaps come in
 * stream order and without overlap; offsets count the bytes of a direction from 0 at the first byte
 * that could be placed. The two directions interleave as cause and effect: bytes come behind those
 * of the other direction that their sender had received, in whatever order packets were captured.
 *
 * <p>Implementations throw nothing: bad bytes are counted and the connection is ignored.
 */
public interface StreamHandler {
  /**
   * The next bytes of a direction.
   *
   * @param data its readable bytes are valid only until this returns; its indices may be moved
   * @param offset stream offset of the first readable byte
   * @param stamp of the packet that first brought these bytes
   */
  void onData(Direction direction, ByteBuf data, long offset, PacketStamp stamp);

  /**
   * Bytes that will never be delivered.
   *
   * @param offset stream offset of the first missing byte
   * @param stamp of the packet that shows that they crossed the wire
   */
  void onGap(Direction direction, long offset, long length, GapCause cause, PacketStamp stamp);

  /**
   * Bytes that crossed the wire and are not delivered because of {@link Connection#skip}.
   *
   * @param offset stream offset of the first of them
   * @param stamp of the packet with the last of them
   * @return false if they are needed after all; then {@link #onGap} reports the same bytes
   */
  default boolean onSkipped(Direction direction, long offset, long length, PacketStamp stamp) {
    return false;
  }

  /** Bytes that crossed the wire again, in whole or in part; one call a segment. */
  default void onRetransmission(Direction direction, long offset, int length) {}

  /** A segment that arrived before the one that precedes it in the stream; one call a segment. */
  default void onOutOfOrder(Direction direction, long offset, int length) {}

  /** The sender of {@code direction} will send no more (FIN), after all its data. */
  void onEnd(Direction direction, PacketStamp stamp);

  /**
   * The last call. What was buffered has been delivered, with gaps, before it.
   *
   * @param epochNanos capture time of the packet, or of the tick, that closed it
   */
  void onClose(CloseReason reason, long epochNanos);
}
