// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One capture thread's lines on their way to standard output, in one reused buffer. The counters
 * may be read on any thread.
 *
 * <p>Every line that standard output does not take is counted as lost.
 */
final class LineBuffer extends OutputStream {
  private static final int FLUSH_AT = 32 * 1024;
  private static final int USUAL_CAPACITY = 64 * 1024;
  private static final long FLUSH_AFTER_NANOS = 50_000_000;

  private final SharedOutput out;
  private byte[] buffer = new byte[USUAL_CAPACITY];
  private int length;
  private int lines;
  private long lastFlushNanos = System.nanoTime();
  private volatile long written;
  private volatile long lost;

  LineBuffer(OutputStream out) {
    this(new SharedOutput(out));
  }

  LineBuffer(SharedOutput out) {
    this.out = out;
  }

  /** Text that stands before all lines, of this buffer and of others. */
  void heading(String text) {
    out.heading(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void write(int value) {
    reserve(1);
    buffer[length++] = (byte) value;
  }

  @Override
  public void write(byte[] source, int offset, int count) {
    reserve(count);
    System.arraycopy(source, offset, buffer, length, count);
    length += count;
  }

  /** Appends text as UTF-8. For text of ours: surrogate pairs are not looked for. */
  void append(CharSequence text) {
    reserve(3 * text.length());
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      if (character < 0x80) {
        buffer[length++] = (byte) character;
      } else if (character < 0x800) {
        buffer[length++] = (byte) (0xc0 | character >> 6);
        buffer[length++] = (byte) (0x80 | character & 0x3f);
      } else {
        buffer[length++] = (byte) (0xe0 | character >> 12);
        buffer[length++] = (byte) (0x80 | character >> 6 & 0x3f);
        buffer[length++] = (byte) (0x80 | character & 0x3f);
      }
    }
  }

  private void reserve(int count) {
    if (buffer.length - length < count) {
      buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, length + count));
    }
  }

  /** Ends the line of one exchange. */
  void endLine() {
    write('\n');
    lines++;
    if (length >= FLUSH_AT) {
      flush();
    }
  }

  void flushIfDue(long nowNanos) {
    if (length > 0 && nowNanos - lastFlushNanos >= FLUSH_AFTER_NANOS) {
      flush();
    }
  }

  @Override
  public void flush() {
    lastFlushNanos = System.nanoTime();
    if (length == 0) {
      return;
    }
    if (out.write(buffer, length)) {
      written += lines;
    } else {
      lost += lines;
    }
    lines = 0;
    length = 0;
    if (buffer.length > USUAL_CAPACITY) {
      // One giant target must not be paid for from then on.
      buffer = new byte[USUAL_CAPACITY];
    }
  }

  boolean failed() {
    return out.failed();
  }

  long written() {
    return written;
  }

  long lost() {
    return lost;
  }
}
