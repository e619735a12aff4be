// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/**
 * Where a stream begins and how far it has been delivered, as sequence numbers (RFC 9293, section
 * 3.4) and as offsets that count its bytes from 0.
 *
 * <p>Without a handshake the first byte seen need not be the first byte sent: packets are captured
 * a little out of order. So the beginning is provisional until something has been delivered, and
 * moves back if earlier bytes come.
 */
final class StreamPosition {
  /** The most that a stream joined in the middle is taken to have missed at its beginning. */
  private static final int MAX_MISSED_AT_JOIN = 1 << 20;

  private static final int MAX_RESET_DISTANCE = 1 << 24;

  private enum Beginning {
    UNKNOWN,
    PROVISIONAL,
    FIXED
  }

  private Beginning beginning = Beginning.UNKNOWN;
  private boolean fromStart;
  private boolean hinted;
  private int hintedSequence;
  private int nextSequence;
  private long nextOffset;

  boolean isKnown() {
    return beginning != Beginning.UNKNOWN;
  }

  boolean isFixed() {
    return beginning == Beginning.FIXED;
  }

  /**
   * The beginning is what it is taken for.
   *
   * @return false if that was certain before
   */
  boolean fix() {
    boolean provisional = beginning != Beginning.FIXED;
    beginning = Beginning.FIXED;
    return provisional;
  }

  /**
   * A handshake says that the stream begins with this sequence number.
   *
   * @return by how much the offsets of what waits grow
   */
  int begin(int sequence) {
    fromStart |= mayBegin(sequence);
    if (beginning == Beginning.FIXED) {
      return 0;
    }
    int shift = beginning == Beginning.PROVISIONAL ? Math.max(0, nextSequence - sequence) : 0;
    nextSequence = beginning == Beginning.PROVISIONAL ? nextSequence - shift : sequence;
    fix();
    return shift;
  }

  /**
   * The stream has bytes, or its end, at this sequence number.
   *
   * @param length of the bytes
   * @param certain whether nothing can have come before it
   * @return by how much the offsets of what waits grow
   */
  int join(int sequence, int length, boolean certain) {
    int shift = 0;
    switch (beginning) {
      case FIXED -> {
        return beginAtSyn(sequence, length);
      }
      case UNKNOWN -> {
        nextSequence = sequence;
        beginning = certain ? Beginning.FIXED : Beginning.PROVISIONAL;
        fromStart = certain;
      }
      case PROVISIONAL -> {
        int earlier = nextSequence - sequence;
        if (earlier > 0 && earlier <= MAX_MISSED_AT_JOIN) {
          nextSequence = sequence;
          shift = earlier;
        }
      }
    }
    return shift + useHint();
  }

  /**
   * A request acknowledges what precedes this sequence number. If nothing of the stream was seen it
   * is joined here, so that what the client receives until its next request is known to be missing.
   */
  void joinBehind(int sequence) {
    if (beginning == Beginning.UNKNOWN) {
      beginsBehind(sequence);
      nextSequence = hintedSequence;
      fix();
    }
  }

  /**
   * What precedes this sequence number was received, or is not wanted.
   *
   * @return by how much the offsets of what waits grow
   */
  int beginsBehind(int sequence) {
    if (!hinted || sequence - hintedSequence > 0) {
      hinted = true;
      hintedSequence = sequence;
    }
    return beginning == Beginning.PROVISIONAL ? useHint() : 0;
  }

  /** The other side had received a little less than what precedes the first byte seen. */
  private int useHint() {
    int missed = nextSequence - hintedSequence;
    if (beginning != Beginning.PROVISIONAL
        || !hinted
        || missed < 0
        || missed > MAX_MISSED_AT_JOIN) {
      return 0;
    }
    nextSequence = hintedSequence;
    fix();
    return missed;
  }

  /** Whether offset 0 is the first byte that was sent. */
  boolean isFromStart() {
    return fromStart;
  }

  /**
   * Packets made by hand may give the number of the SYN to the first byte as well, which then
   * begins the stream. TCP itself sends there nothing but a byte to keep the connection alive.
   *
   * @return by how much the offsets of what waits grow
   */
  private int beginAtSyn(int sequence, int length) {
    if (nextOffset != 0 || !fromStart || length < 2) {
      return 0;
    }
    int shift = sequence == nextSequence - 1 ? 1 : 0;
    nextSequence -= shift;
    return shift;
  }

  /** Whether a handshake may say that the stream begins with this sequence number. */
  boolean mayBegin(int sequence) {
    int before = nextSequence - (int) nextOffset - sequence;
    return switch (beginning) {
      case UNKNOWN -> true;
      case PROVISIONAL -> before >= 0 && before <= MAX_MISSED_AT_JOIN;
      case FIXED -> before == 0;
    };
  }

  /** Whether a reset may be from the real sender (RFC 9293, section 3.10.7.4), roughly. */
  boolean mayReset(int sequence) {
    int distance = sequence - nextSequence;
    return beginning == Beginning.UNKNOWN
        || distance <= MAX_RESET_DISTANCE && distance >= -MAX_RESET_DISTANCE;
  }

  void advance(long length) {
    fix();
    nextOffset += length;
    nextSequence += (int) length;
  }

  /** Sequence number of the next byte to deliver. */
  int nextSequence() {
    return nextSequence;
  }

  /** Offset of the next byte to deliver. */
  long nextOffset() {
    return nextOffset;
  }

  /** The offset that an acknowledgement of the other side stands for, if it is known. */
  long acknowledgedOffset(int acknowledgement) {
    return isKnown()
        ? Math.max(PacketStamp.UNKNOWN_OFFSET, offsetOf(acknowledgement))
        : PacketStamp.UNKNOWN_OFFSET;
  }

  long offsetOf(int sequence) {
    return nextOffset + (sequence - nextSequence);
  }
}
