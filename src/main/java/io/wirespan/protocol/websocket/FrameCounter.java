// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.websocket;

import io.netty.buffer.ByteBuf;
import io.wirespan.protocol.ContentCounter;
import io.wirespan.protocol.Detail;

/**
 * Counts the frames of one direction (RFC 6455, section 5.2) and skips what they hold.
 *
 * <pre>
 *   | FIN, opcode | MASK, length | length, if 126: 2, if 127: 8 | masking key: 0 or 4 | payload ...
 * </pre>
 */
final class FrameCounter implements ContentCounter {
  private static final int FIN = 0x80;
  private static final int OPCODE = 0x0f;
  private static final int FIRST_CONTROL = 0x8;
  private static final int CLOSE = 0x8;
  private static final int MASKED = 0x80;
  private static final int LONGEST_HEADER = 14;

  private final byte[] header = new byte[LONGEST_HEADER];
  private int filled;
  private int needed = 2;
  private long remaining;
  private boolean inPayload;

  private long frames;
  private long messages;
  private long payloadBytes;
  private int closeCode = Detail.UNKNOWN;
  private int closeByte;
  private boolean lost;

  @Override
  public void take(ByteBuf data, int length) {
    int index = data.readerIndex();
    int end = index + length;
    while (index < end && !lost) {
      if (inPayload) {
        int count = (int) Math.min(remaining, end - index);
        payload(data, index, count);
        index += count;
      } else {
        header(data.getByte(index++));
      }
    }
  }

  private void header(byte next) {
    header[filled++] = next;
    if (filled == 2) {
      int extended =
          switch (header[1] & ~MASKED) {
            case 126 -> 2;
            case 127 -> 8;
            default -> 0;
          };
      needed = 2 + extended + maskLength();
    }
    if (filled == needed) {
      beginPayload();
    }
  }

  private int maskLength() {
    return (header[1] & MASKED) != 0 ? 4 : 0;
  }

  private void beginPayload() {
    int extended = needed - 2 - maskLength();
    remaining = extended == 0 ? header[1] & ~MASKED & 0x7f : 0;
    for (int i = 2; i < 2 + extended; i++) {
      remaining = remaining << 8 | header[i] & 0xff;
    }
    if (remaining < 0 || isControl() && remaining > 125) {
      lost = true;
      return;
    }
    inPayload = true;
    closeByte = 0;
    endIfWhole();
  }

  private boolean isControl() {
    return (header[0] & OPCODE) >= FIRST_CONTROL;
  }

  private void payload(ByteBuf data, int index, int count) {
    if ((header[0] & OPCODE) == CLOSE) {
      for (int i = 0; i < count && closeByte < 2; i++) {
        takeCloseByte(data.getByte(index + i));
      }
    }
    skip(count);
  }

  /** Section 5.5.1: the first two bytes are the code; section 5.3: they may be masked. */
  private void takeCloseByte(byte b) {
    int mask = maskLength() == 0 ? 0 : header[needed - 4 + closeByte];
    int value = (b ^ mask) & 0xff;
    closeCode = closeByte == 0 ? value : closeCode << 8 | value;
    closeByte++;
  }

  private void skip(long count) {
    remaining -= count;
    if (!isControl()) {
      payloadBytes += count;
    }
    endIfWhole();
  }

  private void endIfWhole() {
    if (remaining > 0) {
      return;
    }
    frames++;
    if (!isControl() && (header[0] & FIN) != 0) {
      messages++;
    }
    inPayload = false;
    filled = 0;
    needed = 2;
  }

  @Override
  public void lose(long length) {
    if (inPayload && length <= remaining) {
      skip(length);
    } else {
      lost = true;
    }
  }

  @Override
  public void losePlace() {
    lost = true;
  }

  /** {@link Detail#UNKNOWN} if no code was sent. */
  int closeCode() {
    return closeByte == 1 ? Detail.UNKNOWN : closeCode;
  }

  /** Whether frames could not be told from some point on. */
  boolean lost() {
    return lost;
  }

  Detail.WebSocketSide side() {
    return new Detail.WebSocketSide(frames, messages, payloadBytes);
  }
}
