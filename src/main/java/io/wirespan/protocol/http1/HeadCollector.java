// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import io.netty.buffer.ByteBuf;

/**
 * Reads a head: at once if it lies in one piece of the stream, else collecting it from several and
 * looking at each byte once.
 */
final class HeadCollector {
  /** {@link #take}: the first line is no start line. */
  static final int INVALID = HeadParser.INVALID;

  /** {@link #take}: more bytes are needed. */
  static final int INCOMPLETE = HeadParser.INCOMPLETE;

  /** {@link #take}: the limit is reached. */
  static final int TOO_LONG = -2;

  /** {@link #take}: there is no memory for it. */
  static final int REFUSED = -3;

  /** Bytes to look at first of what may be a head with a long body behind it. */
  private static final int USUAL_LENGTH = 512;

  /** By how much a head may be longer than the one before it to be read at the first look. */
  private static final int SLACK = 64;

  private final HeadBuffers buffers;
  private final HeadParser parser;

  /** Shared by all: what it holds is used up before any other head is begun. */
  private final byte[] scratch;

  private final int limit;

  private byte[] held = HeadBuffers.NONE;
  private int scratchLength;
  private int expectedLength = USUAL_LENGTH;
  private int length;
  private int scannedLength;
  private int lineStart;
  private boolean startLineSeen;

  HeadCollector(Http1Protocol shared, HeadParser parser) {
    this.buffers = shared.headBuffers();
    this.parser = parser;
    this.scratch = shared.scratch();
    this.limit = shared.limits().headBytes();
  }

  /** As {@link #take}, of the first piece. */
  int begin(ByteBuf data) {
    int available = Math.min(Math.min(data.readableBytes(), scratch.length), limit);
    int end = look(data, Math.min(available, expectedLength));
    if (end == INCOMPLETE && scratchLength < available) {
      end = look(data, available);
    }
    if (end == INCOMPLETE) {
      return take(data);
    }
    expectedLength = Math.max(USUAL_LENGTH, end + SLACK);
    data.skipBytes(Math.max(0, end));
    return end;
  }

  private int look(ByteBuf data, int length) {
    int start = data.readerIndex();
    // Of a direct buffer this is quicker than getBytes, which makes a view of it each time.
    data.readBytes(scratch, 0, length);
    data.readerIndex(start);
    scratchLength = length;
    return parser.parse(scratch, length);
  }

  /**
   * Takes bytes up to the head's end; the parser has then read it.
   *
   * @return the head's length with the empty line that ends it, or one of the constants above
   */
  int take(ByteBuf data) {
    int more = Math.min(data.readableBytes(), limit - length);
    held = buffers.grow(held, length, length + more);
    if (held.length < length + more) {
      return REFUSED;
    }
    data.readBytes(held, length, more);
    length += more;
    int judgedLength = scannedLength;
    boolean judged = startLineSeen;
    int end = findEnd();
    if (end > 0) {
      data.readerIndex(data.readerIndex() - (length - end));
      return parser.parse(held, end);
    }
    if (!judged && !mayStillBeHead(judgedLength)) {
      return INVALID;
    }
    return length == limit ? TOO_LONG : INCOMPLETE;
  }

  private int findEnd() {
    while (true) {
      int lineFeed = Bytes.indexOfLineFeed(held, scannedLength, length);
      if (lineFeed < 0) {
        scannedLength = length;
        return -1;
      }
      if (startLineSeen && Bytes.lineEnd(held, lineStart, lineFeed) == lineStart) {
        return lineFeed + 1;
      }
      startLineSeen = true;
      lineStart = lineFeed + 1;
      scannedLength = lineStart;
    }
  }

  private boolean mayStillBeHead(int judgedLength) {
    return startLineSeen
        ? parser.parse(held, length) != INVALID
        : parser.canBecomeStartLine(held, judgedLength, length);
  }

  /** Lets the parser read what there is; false if even the method, or the status, is not known. */
  boolean parsePart() {
    // If not even its first piece could be kept, that one is still there to be read.
    return length > 0 ? parser.parsePart(held, length) : parser.parsePart(scratch, scratchLength);
  }

  /** Bytes of the head so far. */
  int length() {
    return length > 0 ? length : scratchLength;
  }

  /** Gives the memory back and is ready for the next head. */
  void release() {
    buffers.giveBack(held);
    held = HeadBuffers.NONE;
    scratchLength = 0;
    length = 0;
    scannedLength = 0;
    lineStart = 0;
    startLineSeen = false;
  }
}
