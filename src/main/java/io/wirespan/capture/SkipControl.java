// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

/**
 * Takes word of what a source need not hand over. It is never more than a hint: what was on its way
 * is still handed over, and so is whatever the source cannot account for; the rest is told by
 * {@link Packet#skippedOfSender} of the packets that follow. SYN, FIN and RST always come.
 *
 * <p>A stream is one direction of a connection, known by {@link Packet#streamId}. Methods may be
 * called by any thread, and the last word holds.
 */
public interface SkipControl {
  /** For sources that hand over everything. */
  SkipControl NONE =
      new SkipControl() {
        @Override
        public void skipTo(long streamId, int endSequence, boolean follow) {}

        @Override
        public void skipStream(long streamId) {}

        @Override
        public void skipConnection(long streamId) {}
      };

  /** The most bytes that {@link #skipTo} can leave out at a time. */
  int MAX_SKIP = 1 << 30;

  /**
   * Nothing of the payload is needed up to a sequence number, of which the stream is not yet
   * further away than {@value #MAX_SKIP} bytes. The packet with the last byte still comes.
   *
   * @param follow whether the source may do the same, by itself, with the bodies of the stream's
   *     later messages, by the Content-Length (RFC 9110, section 8.6) that their heads tell; the
   *     heads still come
   */
  void skipTo(long streamId, int endSequence, boolean follow);

  /** Nothing of the payload is needed to the stream's end; its size and times are. */
  void skipStream(long streamId);

  /** Nothing is needed of the connection any more, whichever of its streams is given. */
  void skipConnection(long streamId);
}
