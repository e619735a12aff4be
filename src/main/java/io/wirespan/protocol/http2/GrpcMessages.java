// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.wirespan.protocol.ContentCounter;
import io.wirespan.protocol.Detail;
import java.util.Locale;

/**
 * Counts the messages of one side of a gRPC call: each is a byte of flags, four bytes of length,
 * and as many bytes, wherever DATA frames begin and end. In gRPC-Web a last one with the flag 0x80
 * holds the trailers as text.
 *
 * @see <a href="https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md">gRPC over
 *     HTTP/2</a>
 */
final class GrpcMessages implements ContentCounter {
  private static final int PREFIX_LENGTH = 5;
  private static final int COMPRESSED = 0x01;
  private static final int TRAILERS = 0x80;
  private static final int LONGEST_TRAILERS = 1024;
  private static final byte[] NOTHING = {};
  private static final String STATUS = "grpc-status:";

  private int prefixed;
  private int flags;
  private long remaining;
  private int messages;
  private boolean lost;
  private byte[] trailers = NOTHING;
  private int trailersFilled;
  private int status = Detail.UNKNOWN;

  @Override
  public void take(ByteBuf data, int length) {
    int index = data.readerIndex();
    int end = index + length;
    while (index < end && !lost) {
      if (prefixed < PREFIX_LENGTH) {
        prefix(data.getByte(index++) & 0xff);
      } else {
        int count = (int) Math.min(remaining, end - index);
        collectTrailers(data, index, count);
        index += count;
        remaining -= count;
      }
      endIfWhole();
    }
  }

  private void prefix(int b) {
    if (prefixed == 0) {
      flags = b;
      remaining = 0;
    } else {
      remaining = remaining << 8 | b;
    }
    prefixed++;
    if (prefixed == PREFIX_LENGTH && flags == TRAILERS && remaining <= LONGEST_TRAILERS) {
      trailers = new byte[(int) remaining];
    } else if ((flags & ~(TRAILERS | COMPRESSED)) != 0) {
      // Base64 (grpc-web-text), or no gRPC at all.
      lost = true;
    }
  }

  private void collectTrailers(ByteBuf data, int index, int count) {
    int room = Math.min(count, trailers.length - trailersFilled);
    if (room > 0) {
      data.getBytes(index, trailers, trailersFilled, room);
      trailersFilled += room;
    }
  }

  private void endIfWhole() {
    if (prefixed < PREFIX_LENGTH || remaining > 0) {
      return;
    }
    prefixed = 0;
    if ((flags & TRAILERS) == 0) {
      messages++;
    } else if (trailersFilled > 0) {
      readTrailers();
    }
  }

  private void readTrailers() {
    String text = new String(trailers, 0, trailersFilled, US_ASCII);
    for (String line : text.split("\r\n")) {
      if (line.toLowerCase(Locale.ROOT).startsWith(STATUS)) {
        String value = line.substring(STATUS.length()).strip();
        status = value.matches("\\d{1,4}") ? Integer.parseInt(value) : Detail.UNKNOWN;
      }
    }
    trailers = NOTHING;
  }

  @Override
  public void lose(long length) {
    if (prefixed == PREFIX_LENGTH && length <= remaining) {
      remaining -= length;
      trailers = NOTHING;
      trailersFilled = 0;
      endIfWhole();
    } else if (length > 0) {
      lost = true;
    }
  }

  @Override
  public void losePlace() {
    lost = true;
  }

  /** Whole messages, or {@link Detail#UNKNOWN}. */
  int count() {
    return lost ? Detail.UNKNOWN : messages;
  }

  /** {@code grpc-status} of trailers in the content, or {@link Detail#UNKNOWN}. */
  int status() {
    return status;
  }
}
