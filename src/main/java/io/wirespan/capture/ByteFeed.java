// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.GZIPInputStream;

/**
 * The unread bytes of a stream, in one buffer that grows to the largest record and no further.
 *
 * <pre>
 *   0          start              end           capacity
 *   | consumed | unread           | free        |
 * </pre>
 *
 * <p>Numbers are read at a distance from {@code start}. What {@link #view()} shows stays in place
 * until the next call of {@link #ensure} or {@link #skip}.
 */
final class ByteFeed implements Closeable {
  /** The most that can be held at once, in bytes. */
  static final int MAX_CAPACITY = 1 << 20;

  private static final int INITIAL_CAPACITY = 1 << 17;
  private static final int GZIP_BUFFER = 1 << 16;
  private static final long RETRY_NANOS = 1_000_000;

  private final ReadableByteChannel channel;
  private ByteBuffer buffer = ByteBuffer.allocateDirect(INITIAL_CAPACITY);
  private ByteBuf view = Unpooled.wrappedBuffer(buffer);
  private int start;
  private int end;
  private long consumedBeforeBuffer;
  private boolean ended;
  private boolean closedByOther;
  private Optional<String> failure = Optional.empty();

  private ByteFeed(ReadableByteChannel channel) {
    this.channel = channel;
  }

  /**
   * Feeds from a channel, through a decompressor if the stream begins as gzip does (RFC 1952).
   *
   * @throws IOException if the gzip header is damaged
   */
  static ByteFeed of(ReadableByteChannel channel) throws IOException {
    ByteFeed plain = new ByteFeed(channel);
    boolean gzip = plain.ensure(2) && plain.buffer.getShort(0) == (short) 0x1f8b;
    return gzip
        ? new ByteFeed(Channels.newChannel(new GZIPInputStream(new Stream(plain), GZIP_BUFFER)))
        : plain;
  }

  /** Some of the JDK's exceptions have no message. */
  static String reason(IOException e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  /**
   * Waits until {@code length} bytes are unread; false if the stream ends before.
   *
   * @param length {@value #MAX_CAPACITY} at most
   */
  boolean ensure(int length) {
    while (end - start < length && !ended) {
      fill(length);
    }
    return end - start >= length;
  }

  private void fill(int length) {
    if (start == end || start + length > buffer.capacity()) {
      moveToFront(length);
    }
    buffer.position(end);
    try {
      int count = channel.read(buffer);
      ended = count < 0;
      if (count == 0) {
        // Standard input may have been left non-blocking by whoever opened it.
        LockSupport.parkNanos(RETRY_NANOS);
      }
    } catch (ClosedChannelException e) {
      ended = true;
      closedByOther = true;
    } catch (IOException e) {
      ended = true;
      failure = Optional.of(reason(e));
    }
    end = buffer.position();
  }

  private void moveToFront(int length) {
    ByteBuffer target = buffer;
    if (length > buffer.capacity()) {
      int capacity = Math.min(MAX_CAPACITY, Integer.highestOneBit(length) << 1);
      target = ByteBuffer.allocateDirect(capacity).order(buffer.order());
    }
    target.put(0, buffer, start, end - start);
    if (target != buffer) {
      buffer = target;
      view = Unpooled.wrappedBuffer(target);
    }
    consumedBeforeBuffer += start;
    end -= start;
    start = 0;
  }

  /** Passes over bytes, held or still to come; false if the stream ends before. */
  boolean skip(long length) {
    long left = length;
    while (left > available()) {
      left -= available();
      start = end;
      if (!ensure(1)) {
        return false;
      }
    }
    start += (int) left;
    return true;
  }

  /** Passes over bytes that are held. */
  void consume(int length) {
    start += length;
  }

  /** Unread bytes that are held. */
  int available() {
    return end - start;
  }

  /** The buffer, for readers of packets; unread bytes begin at {@link #index()}. */
  ByteBuf view() {
    return view;
  }

  int index() {
    return start;
  }

  /** Position in the stream, after decompression, of the first unread byte. */
  long offset() {
    return consumedBeforeBuffer + start;
  }

  /** Why the stream broke off, unless it just ended. */
  Optional<String> failure() {
    return failure;
  }

  /** Whether the stream broke off because another thread closed its channel. */
  boolean closedByOther() {
    return closedByOther;
  }

  void order(ByteOrder order) {
    buffer.order(order);
  }

  int intAt(int distance) {
    return buffer.getInt(start + distance);
  }

  long unsignedIntAt(int distance) {
    return buffer.getInt(start + distance) & 0xffff_ffffL;
  }

  int unsignedShortAt(int distance) {
    return buffer.getShort(start + distance) & 0xffff;
  }

  long longAt(int distance) {
    return buffer.getLong(start + distance);
  }

  byte byteAt(int distance) {
    return buffer.get(start + distance);
  }

  void copy(int distance, byte[] target) {
    buffer.get(start + distance, target);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** The unread bytes of a feed as the stream that the JDK's decompressor wants. */
  private static final class Stream extends InputStream {
    private final ByteFeed feed;

    Stream(ByteFeed feed) {
      this.feed = feed;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (!feed.ensure(1)) {
        if (feed.closedByOther) {
          throw new ClosedChannelException();
        }
        if (feed.failure.isPresent()) {
          throw new IOException(feed.failure.get());
        }
        return -1;
      }
      int count = Math.min(length, feed.available());
      feed.buffer.get(feed.start, target, offset, count);
      feed.consume(count);
      return count;
    }

    /** Not 0 before the end: the decompressor looks for another gzip member only then. */
    @Override
    public int available() {
      return feed.ended && feed.available() == 0 ? 0 : 1;
    }

    @Override
    public void close() throws IOException {
      feed.close();
    }
  }
}
