// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import io.wirespan.protocol.Outcome;
import io.wirespan.tcp.PacketStamp;

/** What a decoder of one direction tells the connection. */
interface MessageSink {
  /** The first byte of a message is there. */
  OpenMessage begin(long offset, PacketStamp stamp);

  /** A head is whole. Says how its message goes on. */
  BodyFraming head(OpenMessage message, HeadParser head);

  /** What is known of a head that will not become whole; {@link #damaged} follows. */
  void partOfHead(OpenMessage message, HeadParser head);

  /** A message is whole, or its sender has left its content out. */
  void end(OpenMessage message);

  /** The end of a message cannot be found. */
  void damaged(OpenMessage message, Outcome cause);

  /** What began is no message; {@link #damaged} does not follow. */
  void garbage(OpenMessage message);

  /** Whole messages may be missing here. */
  void lost(Outcome cause);

  /** Bytes that may be the rest of a damaged message, or anything else. */
  void skipped(int length, PacketStamp stamp);

  /** Whether a message may go without the content that its head announces. */
  boolean contentOptional(OpenMessage message);

  /**
   * Of what comes next, nothing need be seen up to this stream offset; it may be behind us.
   *
   * @param more whether another message may come behind it
   */
  void skippable(long endOffset, boolean more);

  /** The rest of the connection is not HTTP. */
  void tunnel(OpenMessage message);
}
