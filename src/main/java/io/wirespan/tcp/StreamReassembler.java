// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.netty.buffer.ByteBuf;

/**
 * One direction of a connection: turns its segments into a stream in which every byte comes once,
 * in order, or is reported missing.
 *
 * <p>A hole ends waiting by the first of these rules that applies:
 *
 * <ul>
 *   <li>the other side has acknowledged its bytes, and that was known for {@link
 *       TcpLimits.Buffers#reorderNanos}: the capture lost them. The time makes the rule robust
 *       against a packet that the capture merely delivers late;
 *   <li>what follows it has waited for {@link TcpLimits.Buffers#holeNanos};
 *   <li>what follows it no longer fits the buffers;
 *   <li>the connection closes.
 * </ul>
 */
final class StreamReassembler {
  /**
   * No TCP window is larger (RFC 7323, section 2.3): what is further ahead is of another stream.
   */
  private static final int MAX_AHEAD = 1 << 30;

  /** The most that a stream joined in the middle is taken to have missed at its beginning. */
  private static final int MAX_MISSED_AT_JOIN = 1 << 20;

  private static final int MAX_RESET_DISTANCE = 1 << 24;
  private static final long NOTHING = OutOfOrderBuffer.NOTHING;

  private final TrackedConnection connection;
  private final TcpContext context;
  private final int side;

  private boolean based;
  private boolean hinted;
  private int hintedSequence;

  /** The next byte expected, as a sequence number and as an offset. */
  private int nextSequence;

  private long nextOffset;

  private long finOffset = NOTHING;
  private Stamp finStamp;
  private boolean ended;

  /** Null until it is needed, as most streams never do. */
  private OutOfOrderBuffer buffer;

  private AckEvidence evidence;

  StreamReassembler(TrackedConnection connection, TcpContext context, int side) {
    this.connection = connection;
    this.context = context;
    this.side = side;
  }

  /** Offset 0 is at this sequence number. */
  void base(int sequence) {
    if (!based) {
      based = true;
      nextSequence = sequence;
    }
  }

  /**
   * Without a handshake the first byte seen is at offset 0, unless the last payload of the other
   * side acknowledged a little less than what precedes it: then something of this stream is lost.
   */
  private void join(int sequence) {
    int missed = sequence - hintedSequence;
    base(hinted && missed > 0 && missed <= MAX_MISSED_AT_JOIN ? hintedSequence : sequence);
  }

  /** What precedes this sequence number is not wanted, if nothing has been delivered yet. */
  void beginsBehind(int sequence) {
    if (!hinted || sequence - hintedSequence > 0) {
      hinted = true;
      hintedSequence = sequence;
    }
  }

  boolean isBased() {
    return based;
  }

  int nextSequence() {
    return nextSequence;
  }

  /** Sequence number of the byte at offset 0. */
  int firstSequence() {
    return nextSequence - (int) nextOffset;
  }

  boolean isEnded() {
    return ended;
  }

  private boolean isDone() {
    return ended || connection.isIgnored();
  }

  /** The offset that an acknowledgement of the other side stands for, if it is known. */
  long acknowledgedOffset(int acknowledgement) {
    return based
        ? Math.max(PacketStamp.UNKNOWN_OFFSET, offsetOf(acknowledgement))
        : PacketStamp.UNKNOWN_OFFSET;
  }

  private long offsetOf(int sequence) {
    return nextOffset + (sequence - nextSequence);
  }

  /** The other side has received everything before {@code acknowledgement}. */
  void onAck(int acknowledgement, boolean withPayload, Stamp stamp) {
    if (!based) {
      if (withPayload) {
        beginsBehind(acknowledgement);
      }
      return;
    }
    int ahead = acknowledgement - nextSequence;
    if (ahead <= 0 || ahead > MAX_AHEAD || isDone()) {
      return;
    }
    if (evidence == null) {
      evidence = new AckEvidence();
    }
    evidence.claim(nextOffset + ahead, nextOffset, context.epochNanos, stamp);
  }

  void onData(Segment segment, Stamp stamp) {
    int sequence = segment.payloadSequence();
    if (!based) {
      join(sequence);
    }
    ByteBuf bytes = segment.bytes;
    int index = segment.payloadIndex;
    int captured = segment.payloadCaptured;
    int length = segment.payloadLength;
    if (connection.isIgnored()) {
      advance(Math.max(0, segment.endSequence() - nextSequence));
    } else if (sequence == nextSequence && firstPending() == NOTHING) {
      deliver(bytes, index, captured, length, stamp);
    } else {
      place(offsetOf(sequence), bytes, index, captured, length, stamp);
    }
  }

  /** A segment that is not simply the next one. */
  private void place(
      long offset, ByteBuf bytes, int index, int captured, int segmentLength, Stamp stamp) {
    int length = offset + segmentLength <= finOffset ? segmentLength : (int) (finOffset - offset);
    if (length <= 0) {
      context.counters.outOfWindowSegments++;
    } else if (offset > nextOffset) {
      hold(offset, bytes, index, Math.min(captured, length), length, stamp);
    } else if (offset + length <= nextOffset) {
      repeat(offset, length);
    } else {
      fill(offset, bytes, index, Math.min(captured, length), length, stamp);
    }
  }

  private void repeat(long offset, int length) {
    // RFC 9293, section 3.8.4: a keep-alive probe repeats the byte before the next one, or any.
    boolean keepAlive = length == 1 && offset == nextOffset - 1;
    if (!keepAlive) {
      retransmitted(offset, length);
    }
  }

  /** Bytes from before the place where the stream was joined are not known to be repeated. */
  private void retransmitted(long offset, int length) {
    int known = (int) Math.min(length, offset + length);
    if (known > 0) {
      context.counters.retransmittedSegments++;
      connection.onRetransmission(side, Math.max(0, offset), known);
    }
  }

  /** A segment that has the next byte, with older bytes before it or buffered ones inside it. */
  private void fill(long offset, ByteBuf bytes, int index, int captured, int length, Stamp stamp) {
    long end = offset + length;
    long overlapOffset = offset < nextOffset ? offset : firstPending();
    int fresh = 0;
    while (nextOffset < end && !isDone()) {
      int from = (int) (nextOffset - offset);
      int part = (int) (Math.min(end, firstPending()) - nextOffset);
      int partCaptured = Math.clamp((long) captured - from, 0, part);
      fresh += part;
      deliver(bytes, index + from, partCaptured, part, stamp);
      drain(false);
    }
    if (fresh < length && !connection.isIgnored()) {
      retransmitted(overlapOffset, length - fresh);
    }
  }

  /** A segment behind a hole. */
  private void hold(long offset, ByteBuf bytes, int index, int captured, int length, Stamp stamp) {
    if (offset - nextOffset > MAX_AHEAD) {
      context.counters.outOfWindowSegments++;
      return;
    }
    if (buffer == null) {
      buffer = new OutOfOrderBuffer(context.limits, context.counters);
    }
    while (!buffer.hasRoom(captured)) {
      if (firstPending() < offset) {
        lose(firstPending(), firstPendingStamp());
      } else {
        lose(offset, stamp);
      }
      if (isDone()) {
        return;
      }
      if (nextOffset >= offset) {
        place(offset, bytes, index, captured, length, stamp);
        return;
      }
    }
    int overlap = buffer.insert(offset, bytes, index, captured, length, stamp);
    if (overlap > 0) {
      retransmitted(buffer.overlapOffset(), overlap);
    }
  }

  private void deliver(ByteBuf bytes, int index, int captured, int length, Stamp stamp) {
    long offset = nextOffset;
    advance(length);
    if (captured > 0) {
      // The handler reads the packet where it is; the source's own indices are put back.
      int readerIndex = bytes.readerIndex();
      int writerIndex = bytes.writerIndex();
      bytes.setIndex(index, index + captured);
      connection.onData(side, bytes, offset, stamp);
      bytes.setIndex(readerIndex, writerIndex);
    }
    if (captured < length && !connection.isIgnored()) {
      connection.onGap(side, offset + captured, length - captured, GapCause.TRUNCATED, stamp);
    }
  }

  private void advance(long length) {
    nextOffset += length;
    nextSequence += (int) length;
  }

  /** Where what waits behind a hole begins, or {@link #NOTHING}. */
  private long firstPending() {
    return buffer == null ? finOffset : Math.min(finOffset, buffer.firstOffset());
  }

  private Stamp firstPendingStamp() {
    return buffer != null && buffer.firstOffset() <= finOffset ? buffer.firstStamp() : finStamp;
  }

  /** Delivers what waits for nothing any more. */
  private void drain(boolean afterGap) {
    boolean inOrder = !afterGap;
    while (!isDone() && buffer != null && buffer.firstOffset() == nextOffset) {
      OutOfOrderBuffer.Chunk chunk = buffer.poll();
      // Only now is it known that what it overtook was late, not lost.
      if (chunk.overtook && inOrder) {
        context.counters.outOfOrderSegments++;
        connection.onOutOfOrder(side, chunk.offset, chunk.length);
      }
      inOrder = true;
      deliver(chunk.data, 0, chunk.data.readableBytes(), chunk.length, chunk.stamp);
    }
    // Beyond it if the sender contradicted itself, with data that its FIN denies.
    if (!isDone() && nextOffset >= finOffset) {
      end(finStamp);
    }
  }

  /** Gives up the bytes before {@code offset}. */
  private void lose(long offset, Stamp stamp) {
    long from = nextOffset;
    advance(offset - from);
    connection.onGap(side, from, offset - from, GapCause.LOST, stamp);
    drain(true);
  }

  void onFin(int sequence, Stamp stamp) {
    if (!based) {
      join(sequence);
    }
    long offset = offsetOf(sequence);
    if (connection.isIgnored()) {
      ended = true;
    }
    if (ended || finOffset != NOTHING || offset < nextOffset || offset - nextOffset > MAX_AHEAD) {
      return;
    }
    finOffset = offset;
    if (offset == nextOffset) {
      end(stamp);
    } else {
      finStamp = new Stamp();
      finStamp.copy(stamp);
    }
  }

  private void end(Stamp stamp) {
    ended = true;
    release();
    connection.onEnd(side, stamp);
  }

  /** Whether a reset may be from the real sender (RFC 9293, section 3.10.7.4), roughly. */
  boolean acceptsReset(int sequence) {
    int distance = sequence - nextSequence;
    return !based || distance <= MAX_RESET_DISTANCE && distance >= -MAX_RESET_DISTANCE;
  }

  /** The sender resets the connection, having sent everything before {@code sequence}. */
  void onReset(int sequence, Stamp stamp) {
    flush();
    int ahead = sequence - nextSequence;
    if (based && !isDone() && ahead > 0) {
      lose(nextOffset + ahead, stamp);
    }
  }

  /** Whether bytes are missing that may still come, or may have to be given up. */
  boolean isWaiting() {
    return !isDone()
        && (firstPending() != NOTHING || evidence != null && evidence.isAhead(nextOffset));
  }

  /** Applies the first two of the rules above. */
  void giveUpOverdueHoles() {
    while (isWaiting()) {
      long pending = firstPending();
      long now = context.epochNanos;
      if (evidence != null
          && evidence.isOverdue(nextOffset, now, context.limits.reorderNanos())
          && !mayBeLostFin(evidence.offset())) {
        lose(Math.min(pending, evidence.offset()), firstWitness(evidence.stamp()));
      } else if (pending != NOTHING
          && now - firstPendingStamp().timestampEpochNanos() >= context.limits.holeNanos()) {
        lose(pending, firstPendingStamp());
      } else {
        return;
      }
    }
  }

  /**
   * A FIN takes one sequence number, so one byte that nothing follows is most likely a lost FIN.
   */
  private boolean mayBeLostFin(long acknowledged) {
    return acknowledged - nextOffset == 1 && firstPending() > acknowledged;
  }

  /** The earlier proof that bytes were sent: an acknowledgement, or what follows them. */
  private Stamp firstWitness(Stamp acknowledgement) {
    if (firstPending() == NOTHING) {
      return acknowledgement;
    }
    Stamp pending = firstPendingStamp();
    return pending.timestampEpochNanos() <= acknowledgement.timestampEpochNanos()
        ? pending
        : acknowledgement;
  }

  /** Nothing more will come: reports every hole and delivers what waits behind it. */
  void flush() {
    while (!isDone() && firstPending() != NOTHING) {
      lose(firstPending(), firstPendingStamp());
    }
    if (isWaiting() && !mayBeLostFin(evidence.latestOffset())) {
      lose(evidence.latestOffset(), evidence.latestStamp());
    }
  }

  /** Frees the memory. */
  void release() {
    if (buffer != null) {
      buffer.clear();
      buffer = null;
    }
    evidence = null;
  }
}
