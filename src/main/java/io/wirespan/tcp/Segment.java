// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** A flyweight over one TCP segment, valid until the next one is decoded into it. */
final class Segment {
  private static final int FIN = 0x01;
  private static final int SYN = 0x02;
  private static final int RST = 0x04;
  private static final int PSH = 0x08;
  private static final int ACK = 0x10;

  // The endpoints; stale in a segment of a connection that was found without them.
  boolean ipv6;
  long sourceHigh;
  long sourceLow;
  int sourcePort;
  long destinationHigh;
  long destinationLow;
  int destinationPort;

  int sequence;
  int acknowledgement;
  int flags;

  /** As it stands in the header, without its scale. */
  int window;

  /** Holds the payload at {@link #payloadIndex}; the packet's buffer, or one of our own. */
  ByteBuf bytes;

  int payloadIndex;
  int payloadCaptured;

  /** Payload on the wire: more than captured if the packet was truncated. */
  int payloadLength;

  /** Whether the payload that is not captured was left out on purpose. */
  boolean payloadSkipped;

  /** Packets on the wire that this segment stands for. */
  int packets;

  /** Bytes of those packets, from their IP header on. */
  int ipBytes;

  /** Stands for bytes that were skipped, as many as they may be. */
  static Segment skipped() {
    Segment segment = new Segment();
    segment.bytes = Unpooled.EMPTY_BUFFER;
    segment.payloadSkipped = true;
    return segment;
  }

  boolean isSyn() {
    return (flags & SYN) != 0;
  }

  boolean isFin() {
    return (flags & FIN) != 0;
  }

  boolean isRst() {
    return (flags & RST) != 0;
  }

  boolean isPush() {
    return (flags & PSH) != 0;
  }

  boolean isAck() {
    return (flags & ACK) != 0;
  }

  /**
   * Packets made by hand have an acknowledgement number of 0; by chance it hardly ever comes up.
   */
  boolean acknowledges() {
    return isAck() && acknowledgement != 0;
  }

  boolean hasPayload() {
    return payloadLength > 0;
  }

  /** Sequence number of the first payload byte: a SYN takes one (RFC 9293, section 3.4). */
  int payloadSequence() {
    return isSyn() ? sequence + 1 : sequence;
  }

  /** Sequence number behind the last payload byte: that of the FIN, if there is one. */
  int endSequence() {
    return payloadSequence() + payloadLength;
  }
}
