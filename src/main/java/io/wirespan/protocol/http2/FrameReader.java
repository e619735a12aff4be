// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.wirespan.protocol.Outcome;
import io.wirespan.tcp.GapCause;
import io.wirespan.tcp.PacketStamp;

/**
 * Finds the frames in one direction of a connection, and describes the one being read. Bodies are
 * passed on piece by piece and never kept.
 */
final class FrameReader {
  private enum State {
    /** In the client's connection preface (RFC 9113, section 3.4). */
    PREFACE,
    HEADER,
    /** In the part of the payload that is read as one. */
    FIXED,
    BODY,
    PADDING,
    /** Lost; a frame is looked for at the beginning of each piece. */
    SEARCH,
    CLOSED
  }

  private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);
  private static final int LONGEST_FIXED = 9;

  private final FrameSink sink;
  private final byte[] collected = new byte[Math.max(Frame.HEADER_LENGTH, LONGEST_FIXED)];

  private State state;
  private int filled;

  private int length;
  private int type;
  private int flags;
  private int streamId;
  private int fixedLength;
  private int bodyLength;
  private int bodyRemaining;
  private int paddingRemaining;
  private boolean damaged;

  private long firstOffset;
  private long firstNanos;
  private long firstPacket;

  FrameReader(FrameSink sink) {
    this.sink = sink;
    this.state = State.HEADER;
  }

  /** The connection preface comes first. */
  void expectPreface() {
    state = State.PREFACE;
  }

  /** The first byte may be anywhere in a frame. */
  void search() {
    state = State.SEARCH;
    filled = 0;
  }

  /** Reads no more. */
  void stop() {
    state = State.CLOSED;
  }

  void data(ByteBuf data, long offset, PacketStamp stamp) {
    long base = offset - data.readerIndex();
    if (state == State.SEARCH) {
      searchIn(data);
    }
    while (data.isReadable() && state != State.CLOSED) {
      switch (state) {
        case PREFACE -> preface(data);
        case HEADER -> header(data, base + data.readerIndex(), stamp);
        case FIXED -> fixed(data, stamp);
        case BODY -> body(data, stamp);
        case PADDING -> padding(data, stamp);
        case SEARCH, CLOSED -> data.skipBytes(data.readableBytes());
      }
    }
  }

  private void searchIn(ByteBuf data) {
    if (sink.isBoundary(data)) {
      state = State.HEADER;
    } else {
      sink.searched(data.readableBytes());
    }
  }

  private void preface(ByteBuf data) {
    while (data.isReadable() && filled < PREFACE.length) {
      if (data.readByte() != PREFACE[filled++]) {
        malformed();
        return;
      }
    }
    if (filled == PREFACE.length) {
      filled = 0;
      state = State.HEADER;
    }
  }

  private void header(ByteBuf data, long offset, PacketStamp stamp) {
    if (filled == 0) {
      firstOffset = offset;
      firstNanos = stamp.timestampEpochNanos();
      firstPacket = stamp.packetNumber();
      if (data.readableBytes() >= Frame.HEADER_LENGTH) {
        int lengthAndType = data.readInt();
        beginFixed(lengthAndType >>> 8, lengthAndType & 0xff, data.readByte(), data.readInt());
        beginBodyUnlessFixed(stamp);
        return;
      }
    }
    if (collect(data, Frame.HEADER_LENGTH)) {
      beginFixed(mediumAt(0), collected[3] & 0xff, collected[4], intAt(5));
      beginBodyUnlessFixed(stamp);
    }
  }

  /** Whether {@link #collected} now holds {@code wanted} bytes. */
  private boolean collect(ByteBuf data, int wanted) {
    int count = Math.min(wanted - filled, data.readableBytes());
    data.readBytes(collected, filled, count);
    filled += count;
    return filled == wanted;
  }

  private int mediumAt(int index) {
    return (collected[index] & 0xff) << 16
        | (collected[index + 1] & 0xff) << 8
        | collected[index + 2] & 0xff;
  }

  private int intAt(int index) {
    return mediumAt(index) << 8 | collected[index + 3] & 0xff;
  }

  private void beginFixed(int length, int type, byte flags, int reservedAndStreamId) {
    this.length = length;
    this.type = type;
    this.flags = flags & 0xff;
    this.streamId = reservedAndStreamId & Integer.MAX_VALUE;
    filled = 0;
    damaged = false;
    fixedLength = Frame.fixedLength(type, this.flags);
    if (!Frame.isValid(length, type, streamId) || fixedLength > length) {
      malformed();
    } else {
      state = State.FIXED;
    }
  }

  private void beginBodyUnlessFixed(PacketStamp stamp) {
    if (state == State.FIXED && fixedLength == 0) {
      beginBody(stamp);
    }
  }

  private void fixed(ByteBuf data, PacketStamp stamp) {
    if (collect(data, fixedLength)) {
      filled = 0;
      beginBody(stamp);
    }
  }

  private void beginBody(PacketStamp stamp) {
    paddingRemaining = Frame.isPadded(type, flags) ? collected[0] & 0xff : 0;
    bodyLength = length - fixedLength - paddingRemaining;
    bodyRemaining = bodyLength;
    if (bodyLength < 0) {
      malformed();
      return;
    }
    state = State.BODY;
    sink.begin(this, stamp);
    endIfWhole();
  }

  private void body(ByteBuf data, PacketStamp stamp) {
    int count = Math.min(bodyRemaining, data.readableBytes());
    if (count > 0) {
      sink.body(this, data, count, stamp);
      data.skipBytes(count);
      bodyRemaining -= count;
    }
    endIfWhole();
  }

  private void padding(ByteBuf data, PacketStamp stamp) {
    int count = Math.min(paddingRemaining, data.readableBytes());
    data.skipBytes(count);
    paddingRemaining -= count;
    sink.padding(stamp);
    endIfWhole();
  }

  private void endIfWhole() {
    if (state == State.CLOSED || state == State.SEARCH || bodyRemaining > 0) {
      return;
    }
    if (paddingRemaining > 0) {
      state = State.PADDING;
      return;
    }
    state = State.HEADER;
    sink.end(this);
  }

  private void malformed() {
    filled = 0;
    state = State.SEARCH;
    sink.malformed();
  }

  /** Bytes that will never come. */
  void gap(long missing, GapCause cause, PacketStamp stamp) {
    Outcome outcome = cause == GapCause.LOST ? Outcome.GAP : Outcome.TRUNCATED;
    if (state == State.FIXED) {
      // What the frame is can be told, but not where its padding begins.
      damaged = true;
      bodyLength = length - filled;
      bodyRemaining = bodyLength;
      paddingRemaining = 0;
      filled = 0;
      state = State.BODY;
      sink.begin(this, stamp);
    }
    boolean inFrame = state == State.BODY || state == State.PADDING;
    if (inFrame && missing <= (long) bodyRemaining + paddingRemaining) {
      int ofBody = (int) Math.min(bodyRemaining, missing);
      bodyRemaining -= ofBody;
      paddingRemaining -= (int) (missing - ofBody);
      sink.bodyLost(this, ofBody, outcome);
      endIfWhole();
    } else if (state != State.CLOSED) {
      search();
      sink.lost(missing, outcome);
    }
  }

  int type() {
    return type;
  }

  int streamId() {
    return streamId;
  }

  boolean has(int flag) {
    return Frame.hasFlag(flags, flag);
  }

  /** Bytes of the whole frame. */
  int wireLength() {
    return Frame.HEADER_LENGTH + length;
  }

  int payloadLength() {
    return length;
  }

  /** Bytes between the fixed part and the padding. */
  int bodyLength() {
    return bodyLength;
  }

  /** Whether the fixed part is not there. */
  boolean damaged() {
    return damaged;
  }

  /** The last four bytes of the fixed part: promised stream, last stream id, error code. */
  int fixedInt(int fromEnd) {
    return intAt(fixedLength - fromEnd) & Integer.MAX_VALUE;
  }

  /** Stream offset of the frame's first byte. */
  long firstOffset() {
    return firstOffset;
  }

  /** Epoch nanoseconds of the packet that brought the frame's first byte. */
  long firstNanos() {
    return firstNanos;
  }

  /** Number of the packet that brought the frame's first byte. */
  long firstPacket() {
    return firstPacket;
  }
}
