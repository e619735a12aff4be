// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

/**
 * What one message took on the wire. For HTTP/1 {@code packets} and {@code bytes} count all that
 * crossed in the message's direction from the exchange's first packet to its last, pure
 * acknowledgements included, at IP level. HTTP/2 messages share packets and the connection's
 * overhead: there {@code bytes} are those of the stream's own frames, and {@code packets} those
 * that brought any of them.
 *
 * @param headerBytes start line, header section, trailers and chunk framing
 * @param bodyBytes content after transfer coding is taken off, before content coding is
 * @param retransmits segments that repeated bytes of this message
 * @param outOfOrder segments of this message that overtook an earlier one
 * @param zeroWindowNanos how long, from the exchange's first byte to this message's last, its
 *     receiver announced a window of zero
 */
public record MessageStats(
    long packets,
    long bytes,
    long headerBytes,
    long bodyBytes,
    int retransmits,
    int outOfOrder,
    long zeroWindowNanos) {
  public static final MessageStats EMPTY = new MessageStats(0, 0, 0, 0, 0, 0, 0);
}
