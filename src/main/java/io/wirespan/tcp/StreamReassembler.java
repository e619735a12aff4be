// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.netty.buffer.ByteBuf;
import io.wirespan.capture.SkippedBytes;

/**
 * One direction of a connection: turns its segments into a stream in which every byte comes once,
 * in order, or is reported missing; and behind what its sender had received by then.
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
 *
 * <p>What waits for bytes of the other direction, or for an earlier beginning of its own stream,
 * waits for {@link TcpLimits.Buffers#reorderNanos} at most.
 */
final class StreamReassembler {
  /**
   * No TCP window is larger (RFC 7323, section 2.3): what is further ahead is of another stream.
   */
  private static final int MAX_AHEAD = 1 << 30;

  private static final long NOTHING = PendingSegments.NOTHING;

  private final TrackedConnection connection;
  private final TcpContext context;
  private final int side;
  private final StreamPosition position = new StreamPosition();
  private final PendingSegments pending;
  private final RepeatedSegments repeated;
  private StreamReassembler opposite;
  private boolean ended;

  /** Null until it is needed, as most streams never do. */
  private AckEvidence evidence;

  /** Whether bytes were given up right before the next one. */
  private boolean behindGap;

  private long overlapOffset;

  StreamReassembler(TrackedConnection connection, TcpContext context, int side) {
    this.connection = connection;
    this.context = context;
    this.side = side;
    this.pending = new PendingSegments(context.limits, context.counters);
    this.repeated = new RepeatedSegments(connection, context.counters, side);
  }

  void setOpposite(StreamReassembler opposite) {
    this.opposite = opposite;
  }

  /** Offset 0 is at this sequence number. */
  void begin(int sequence) {
    shift(position.begin(sequence));
  }

  /** What precedes this sequence number is not wanted, if nothing has been delivered yet. */
  void beginsBehind(int sequence) {
    shift(position.beginsBehind(sequence));
  }

  private void join(int sequence, int length) {
    shift(position.join(sequence, length, connection.beginsWithPayload(side)));
  }

  private void shift(int by) {
    pending.shift(by);
    if (evidence != null) {
      evidence.shift(by);
    }
  }

  StreamPosition position() {
    return position;
  }

  boolean isEnded() {
    return ended;
  }

  private boolean isDone() {
    return ended || connection.isIgnored();
  }

  /** The other side has received everything before {@code acknowledgement}. */
  void onAck(int acknowledgement, boolean withPayload, Stamp stamp) {
    if (withPayload && !position.isFixed()) {
      beginsBehind(acknowledgement);
    }
    if (lacks(acknowledgement)) {
      if (evidence == null) {
        evidence = new AckEvidence();
      }
      long next = position.nextOffset();
      evidence.claim(position.offsetOf(acknowledgement), next, context.epochNanos, stamp);
    }
  }

  /** Whether not all bytes before {@code sequence} have been delivered, and they may yet be. */
  private boolean lacks(int sequence) {
    int ahead = sequence - position.nextSequence();
    return ahead > 0 && ahead <= MAX_AHEAD && position.isKnown() && !isDone();
  }

  /** Whether its sender had received nothing when it sent this that is still to be delivered. */
  private boolean isDue(Stamp stamp) {
    return !stamp.hasAcknowledgement() || !opposite.lacks(stamp.acknowledgement());
  }

  void onData(Segment segment, Stamp stamp) {
    int sequence = segment.payloadSequence();
    join(sequence, segment.payloadLength);
    if (connection.isIgnored()) {
      position.advance(Math.max(0, segment.endSequence() - position.nextSequence()));
    } else if (sequence == position.nextSequence()
        && pending.firstOffset() == NOTHING
        && position.isFixed()
        && isDue(stamp)) {
      int captured = segment.payloadCaptured;
      int length = segment.payloadLength;
      boolean skipped = segment.payloadSkipped;
      deliver(segment.bytes, segment.payloadIndex, captured, length, skipped, stamp);
    } else {
      place(position.offsetOf(sequence), segment, stamp);
    }
  }

  /** A segment that is not simply the next one. */
  private void place(long offset, Segment segment, Stamp stamp) {
    boolean whole = offset + segment.payloadLength <= pending.endOffset();
    int length = whole ? segment.payloadLength : (int) (pending.endOffset() - offset);
    if (length <= 0 || offset - position.nextOffset() > MAX_AHEAD) {
      context.counters.outOfWindowSegments++;
    } else if (offset + length <= position.nextOffset()) {
      repeated.whole(offset, length, position.nextOffset());
    } else {
      int overlap = fill(offset, segment, length, stamp);
      if (overlap > 0 && !connection.isIgnored()) {
        repeated.bytes(overlapOffset, overlap);
      }
    }
  }

  /** Bytes that were seen, and left out by the source as it was told to. */
  void onSkipped(SkippedBytes run, Stamp stamp) {
    long next = position.nextOffset();
    long offset = Math.max(next, position.offsetOf(run.fromSequence()));
    long end = Math.min(pending.endOffset(), position.offsetOf(run.untilSequence()));
    if (end > offset && offset - next <= MAX_AHEAD && position.isKnown() && !isDone()) {
      // What of it was told before does not count as repeated.
      fill(offset, context.skippedSegment, (int) (end - offset), stamp);
    }
  }

  RepeatedSegments repeated() {
    return repeated;
  }

  /**
   * Delivers bytes, or keeps a copy. Returns how many were known, from {@link #overlapOffset} on.
   */
  private int fill(long offset, Segment segment, int length, Stamp stamp) {
    boolean skipped = segment.payloadSkipped;
    long end = offset + length;
    int overlap = (int) Math.max(0, position.nextOffset() - offset);
    overlapOffset = overlap > 0 ? offset : NOTHING;
    while (position.nextOffset() < end && !isDone()) {
      long at = Math.max(offset, position.nextOffset());
      int from = segment.payloadIndex + (int) (at - offset);
      int rest = Math.max(0, Math.min(segment.payloadCaptured, length) - (int) (at - offset));
      boolean ready = at == position.nextOffset() && position.isFixed() && isDue(stamp);
      if ((!ready || pending.firstOffset() == at) && makeRoom(at, rest, stamp)) {
        int left = (int) (end - at);
        long next = position.nextOffset();
        int kept = pending.insert(at, segment.bytes, from, rest, left, skipped, next, stamp);
        overlapOffset = kept > 0 ? Math.min(overlapOffset, pending.overlapOffset()) : overlapOffset;
        overlap += kept;
        break;
      }
      // Room may have been made by delivering up to here, or by losing the connection.
      if (position.nextOffset() == at && pending.firstOffset() > at && !isDone()) {
        int part = (int) (Math.min(end, pending.firstOffset()) - at);
        deliver(segment.bytes, from, Math.min(rest, part), part, skipped, stamp);
        long reached = position.nextOffset();
        if (drain()) {
          overlapOffset = Math.min(overlapOffset, reached);
          overlap += (int) (Math.min(end, position.nextOffset()) - reached);
        }
      }
    }
    return overlap;
  }

  /**
   * Whether a segment that begins at {@code offset} can be kept. If it cannot, there is nothing
   * left to wait for before it, or it has been reached.
   */
  private boolean makeRoom(long offset, int captured, Stamp stamp) {
    while (!pending.hasRoom(captured)) {
      long next = position.nextOffset();
      if (pending.firstOffset() <= next) {
        stopWaiting();
      } else if (pending.firstOffset() < offset) {
        lose(pending.firstOffset(), pending.firstStamp());
      } else if (next < offset) {
        lose(offset, stamp);
      } else {
        return false;
      }
      if (isDone() || position.nextOffset() >= offset) {
        return false;
      }
    }
    return true;
  }

  private void deliver(
      ByteBuf bytes, int index, int captured, int length, boolean skipped, Stamp stamp) {
    long offset = position.nextOffset();
    position.advance(length);
    behindGap = false;
    if (captured > 0) {
      // The handler reads the packet where it is; the source's own indices are put back.
      int readerIndex = bytes.readerIndex();
      int writerIndex = bytes.writerIndex();
      bytes.setIndex(index, index + captured);
      connection.onData(side, bytes, offset, stamp);
      bytes.setIndex(readerIndex, writerIndex);
    }
    if (captured < length && !connection.isIgnored()) {
      connection.onMissing(side, offset + captured, length - captured, skipped, stamp);
    }
  }

  /**
   * Delivers what waits for nothing any more.
   *
   * @return whether there was anything
   */
  boolean drain() {
    boolean any = false;
    // Beyond it if the sender contradicted itself, with data that its FIN denies.
    while (!isDone()
        && pending.firstOffset() <= position.nextOffset()
        && position.isFixed()
        && isDue(pending.firstStamp())) {
      deliverFirst();
      any = true;
    }
    return any;
  }

  private void deliverFirst() {
    if (pending.beginsWithEnd()) {
      end(pending.endStamp());
      return;
    }
    OutOfOrderBuffer.Chunk chunk = pending.poll();
    // Only now is it known that what it overtook was late, not lost.
    if (chunk.overtook && !behindGap) {
      context.counters.outOfOrderSegments++;
      connection.onOutOfOrder(side, chunk.offset(), chunk.length);
    }
    int captured = chunk.data.readableBytes();
    deliver(chunk.data, 0, captured, chunk.length, chunk.skipped, chunk.stamp);
  }

  /** Gives up the bytes before {@code offset}. */
  private void lose(long offset, Stamp stamp) {
    long from = position.nextOffset();
    position.advance(offset - from);
    behindGap = true;
    connection.onGap(side, from, offset - from, GapCause.LOST, stamp);
    drain();
  }

  void onFin(int sequence, Stamp stamp) {
    join(sequence, 0);
    long offset = position.offsetOf(sequence);
    long next = position.nextOffset();
    if (connection.isIgnored()) {
      ended = true;
    }
    if (ended || pending.endOffset() != NOTHING || offset < next || offset - next > MAX_AHEAD) {
      return;
    }
    pending.endAt(offset);
    if (offset == next && position.isFixed() && isDue(stamp)) {
      end(stamp);
    } else {
      pending.keepEndStamp(stamp);
    }
  }

  private void end(Stamp stamp) {
    ended = true;
    release();
    connection.onEnd(side, stamp);
  }

  /** The sender has reset the connection, having sent everything before {@code sequence}. */
  void onReset(int sequence, Stamp stamp) {
    int ahead = sequence - position.nextSequence();
    if (position.isKnown() && !isDone() && ahead > 0) {
      lose(position.nextOffset() + ahead, stamp);
    }
  }

  /** Whether bytes wait, or are missing and may still come or have to be given up. */
  boolean isWaiting() {
    return !isDone()
        && (pending.firstOffset() != NOTHING
            || evidence != null && evidence.isAhead(position.nextOffset()));
  }

  /**
   * Gives up the first thing that has been waited for too long by then.
   *
   * @return whether there was one
   */
  boolean giveUp(long epochNanos) {
    if (!isWaiting()) {
      return false;
    }
    long first = pending.firstOffset();
    if (first <= position.nextOffset()) {
      long waited = epochNanos - pending.firstStamp().timestampEpochNanos();
      boolean overdue = waited >= context.limits.reorderNanos();
      if (overdue) {
        stopWaiting();
      }
      return overdue;
    }
    if (evidence != null
        && evidence.isOverdue(position.nextOffset(), epochNanos, context.limits.reorderNanos())
        && !mayBeLostFin(evidence.latestOffset())) {
      lose(Math.min(first, evidence.offset()), pending.earlier(evidence.stamp()));
      return true;
    }
    if (first != NOTHING
        && epochNanos - pending.firstStamp().timestampEpochNanos() >= context.limits.holeNanos()) {
      lose(first, pending.firstStamp());
      return true;
    }
    return false;
  }

  /** Gives up the first thing that the next byte, which is here, waits for. */
  private void stopWaiting() {
    if (position.fix() || opposite.giveUpThrough(pending.firstStamp())) {
      drain();
    } else {
      deliverFirst();
    }
  }

  /**
   * Gives up bytes that the sender of {@code witness} had received.
   *
   * @return false if nothing keeps them from being delivered, so that giving up would not help
   */
  private boolean giveUpThrough(Stamp witness) {
    if (!lacks(witness.acknowledgement())) {
      return false;
    }
    if (pending.firstOffset() <= position.nextOffset()) {
      return position.fix();
    }
    long end = position.offsetOf(witness.acknowledgement());
    if (mayBeLostFin(evidence == null ? end : Math.max(end, evidence.latestOffset()))) {
      return false;
    }
    lose(Math.min(pending.firstOffset(), end), witness);
    return true;
  }

  /**
   * A FIN takes one sequence number, so one byte that nothing follows is most likely a lost FIN.
   */
  private boolean mayBeLostFin(long acknowledged) {
    return acknowledged - position.nextOffset() == 1 && pending.firstOffset() > acknowledged;
  }

  /** Frees the memory. */
  void release() {
    pending.clear();
    evidence = null;
  }
}
