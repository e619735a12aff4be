// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import io.netty.buffer.ByteBuf;

/** Finds the end of a message's content. Skips content by count and keeps none of it. */
final class Content {
  /** Where content ends of which that is not known. */
  static final long NO_END = Long.MAX_VALUE;

  private final ChunkedBody chunks = new ChunkedBody();
  private BodyFraming framing = BodyFraming.NONE;
  private long remaining;

  /**
   * @param framing LENGTH, CHUNKED or UNTIL_CLOSE
   * @param length of LENGTH
   */
  void begin(BodyFraming framing, long length) {
    this.framing = framing;
    remaining = framing == BodyFraming.LENGTH ? length : NO_END;
    if (framing == BodyFraming.CHUNKED) {
      chunks.begin();
    }
  }

  /** Reads on until the content's end, an error, or the end of {@code data}. */
  void read(ByteBuf data, OpenMessage message) {
    if (framing == BodyFraming.CHUNKED) {
      chunks.read(data, message);
      return;
    }
    int length = (int) Math.min(remaining, data.readableBytes());
    data.skipBytes(length);
    message.addBodyBytes(length);
    count(length);
  }

  private void count(long length) {
    if (framing == BodyFraming.LENGTH) {
      remaining -= length;
    }
  }

  /**
   * Skips bytes that are not there.
   *
   * @return how many of them are content, or -1 if the content's end is lost
   */
  long skip(long length) {
    if (framing == BodyFraming.CHUNKED) {
      return chunks.skip(length) ? length : -1;
    }
    long skipped = Math.min(remaining, length);
    count(skipped);
    return skipped;
  }

  boolean done() {
    return framing == BodyFraming.CHUNKED ? chunks.done() : remaining == 0;
  }

  boolean invalid() {
    return framing == BodyFraming.CHUNKED && chunks.invalid();
  }

  boolean endsAtClose() {
    return framing == BodyFraming.UNTIL_CLOSE;
  }

  /** Where it ends, as far as that is known; {@code position} is where it has come to. */
  long end(long position) {
    return remaining == NO_END ? NO_END : position + remaining;
  }

  /** Up to where there is nothing in it but content. */
  long certainUntil(long position) {
    return framing == BodyFraming.CHUNKED ? position + chunks.certain() : end(position);
  }
}
