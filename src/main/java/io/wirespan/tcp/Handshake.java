// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.wirespan.capture.HandshakeTimes;
import io.wirespan.capture.Packet;
import java.util.concurrent.TimeUnit;

/**
 * What is known of how a connection began (RFC 9293, section 3.5): who, with which numbers, when.
 */
final class Handshake {
  private static final int UNKNOWN = -1;

  /** How long a client may wait with its first payload, and still be taken to begin with it. */
  private static final long MAX_AGE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private int clientSide = UNKNOWN;
  private boolean known0;
  private boolean known1;
  private int initial0;
  private int initial1;
  private long synEpochNanos;
  private long synAckEpochNanos;
  private long ackEpochNanos;

  /** Whether the kernel has told all three times. */
  private boolean merged;

  /** Takes a SYN or SYN-ACK of this connection. Of two clients, the first SYN's sender is one. */
  void onSyn(Segment segment, int side, long epochNanos) {
    if (segment.isAck()) {
      setInitial(side, segment.sequence);
      if (!knowsInitial(1 - side)) {
        setInitial(1 - side, segment.acknowledgement - 1);
      }
      synAckEpochNanos = firstOf(synAckEpochNanos, epochNanos);
      clientIs(1 - side);
    } else {
      if (!knowsInitial(side)) {
        setInitial(side, segment.sequence);
      }
      synEpochNanos = firstOf(synEpochNanos, epochNanos);
      clientIs(side);
    }
  }

  /**
   * Whether the acknowledgement number of a segment is the first sequence number of the other side,
   * whose SYN-ACK was not seen so far: nothing was sent before it by a side whose SYN was.
   */
  boolean isAnsweredBy(Segment segment, int side) {
    return knowsInitial(side) && !knowsInitial(1 - side) && segment.sequence == initial(side) + 1;
  }

  void onAck(int side, long epochNanos) {
    if (ackEpochNanos == 0 && synAckEpochNanos != 0 && side == clientSide) {
      ackEpochNanos = epochNanos;
    }
  }

  /**
   * Takes the kernel's times, which are there even if the packets were not forwarded. Not those of
   * long ago: this connection was known before, idle, and is joined again in its middle.
   */
  void merge(Packet packet) {
    if (merged) {
      return;
    }
    HandshakeTimes times = packet.handshake();
    boolean old = packet.timestampEpochNanos() - times.synEpochNanos() > MAX_AGE_NANOS;
    if (synEpochNanos == 0 && synAckEpochNanos == 0 && old) {
      return;
    }
    synEpochNanos = firstOf(times.synEpochNanos(), synEpochNanos);
    synAckEpochNanos = firstOf(times.synAckEpochNanos(), synAckEpochNanos);
    ackEpochNanos = firstOf(times.ackEpochNanos(), ackEpochNanos);
    // It comes last, and only behind the others.
    merged = times.ackEpochNanos() != 0;
  }

  /** Whether this side's SYN, or SYN-ACK, was seen by the capture or by the kernel. */
  boolean sawBeginning(int side) {
    return (side == clientSide ? synEpochNanos : synAckEpochNanos) != 0;
  }

  private static long firstOf(long known, long otherwise) {
    return known != 0 ? known : otherwise;
  }

  /** Decides who is the client, unless that is decided. */
  void clientIs(int side) {
    if (clientSide == UNKNOWN) {
      clientSide = side;
    }
  }

  boolean knowsClient() {
    return clientSide != UNKNOWN;
  }

  int clientSide() {
    return clientSide;
  }

  private void setInitial(int side, int sequence) {
    if (side == 0) {
      known0 = true;
      initial0 = sequence;
    } else {
      known1 = true;
      initial1 = sequence;
    }
  }

  boolean knowsInitial(int side) {
    return side == 0 ? known0 : known1;
  }

  /** The side's initial sequence number, if it is known. */
  int initial(int side) {
    return side == 0 ? initial0 : initial1;
  }

  long synEpochNanos() {
    return synEpochNanos;
  }

  long synAckEpochNanos() {
    return synAckEpochNanos;
  }

  long ackEpochNanos() {
    return ackEpochNanos;
  }
}
