// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import io.netty.buffer.ByteBuf;

/**
 * Finds the end of a chunked body (RFC 9112, section 7.1): skips content by count, and extensions
 * and trailers unread. A bare LF ends a line as CRLF does.
 */
final class ChunkedBody {
  private enum State {
    SIZE,
    EXTENSION,
    DATA,
    DATA_END,
    TRAILER,
    DONE,
    INVALID
  }

  private State state = State.SIZE;
  private int digits;
  private long remaining;

  /** Bytes of the trailer line so far; a CR that may belong to its end included. */
  private long lineLength;

  private boolean lineIsCarriageReturn;

  void begin() {
    state = State.SIZE;
    digits = 0;
    remaining = 0;
    lineLength = 0;
  }

  /** Reads on until the body's end, an error, or the end of {@code data}. */
  void read(ByteBuf data, OpenMessage message) {
    while (data.isReadable() && state != State.DONE && state != State.INVALID) {
      if (state == State.DATA) {
        int length = (int) Math.min(remaining, data.readableBytes());
        data.skipBytes(length);
        message.addBodyBytes(length);
        remaining -= length;
        if (remaining == 0) {
          state = State.DATA_END;
        }
      } else {
        message.addHeaderBytes(1);
        frame(data.readByte());
      }
    }
  }

  /**
   * Skips bytes that are missing.
   *
   * @return false if they are not all content of the current chunk: then the body's end is lost
   */
  boolean skip(long length) {
    if (state != State.DATA || length > remaining) {
      return false;
    }
    remaining -= length;
    if (remaining == 0) {
      state = State.DATA_END;
    }
    return true;
  }

  /** Bytes of the current chunk's content that are still to come. */
  long certain() {
    return state == State.DATA ? remaining : 0;
  }

  boolean done() {
    return state == State.DONE;
  }

  boolean invalid() {
    return state == State.INVALID;
  }

  private void frame(byte b) {
    switch (state) {
      case SIZE -> size(b);
      case EXTENSION -> {
        if (b == '\n') {
          endSize();
        }
      }
      case DATA_END -> {
        if (b == '\n') {
          begin();
        } else if (b != '\r' || lineLength++ > 0) {
          state = State.INVALID;
        }
      }
      case TRAILER -> trailer(b);
      case DATA, DONE, INVALID -> throw new IllegalStateException("state=" + state);
    }
  }

  private void size(byte b) {
    int digit = Character.digit(b, 16);
    if (digit >= 0) {
      if (remaining > Long.MAX_VALUE >>> 4) {
        state = State.INVALID;
        return;
      }
      remaining = remaining << 4 | digit;
      digits++;
    } else if (digits == 0) {
      state = Bytes.isBlank(b) ? State.SIZE : State.INVALID;
    } else if (b == '\n') {
      endSize();
    } else if (b == ';' || b == '\r' || Bytes.isBlank(b)) {
      state = State.EXTENSION;
    } else {
      state = State.INVALID;
    }
  }

  private void endSize() {
    lineLength = 0;
    state = remaining == 0 ? State.TRAILER : State.DATA;
  }

  private void trailer(byte b) {
    if (b != '\n') {
      lineLength++;
      lineIsCarriageReturn = lineLength == 1 && b == '\r';
    } else if (lineLength == 0 || lineIsCarriageReturn) {
      state = State.DONE;
    } else {
      lineLength = 0;
    }
  }
}
