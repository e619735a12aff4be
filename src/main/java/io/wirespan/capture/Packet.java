// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import io.netty.buffer.ByteBuf;

/**
 * A flyweight over one captured packet.
 *
 * <p>The source reuses one instance and the memory under it: everything here is valid only until
 * the {@link PacketHandler} that received it returns.
 *
 * <p>A live source forwards only the packets that matter, so each of them carries the cumulative
 * counters that the kernel keeps for its flow ({@link #hasFlowCounters()}). From a capture file
 * every packet arrives and the reader of the packets counts for itself.
 */
public final class Packet {
  private CaptureInterface capturedOn;
  private PacketDirection direction = PacketDirection.UNKNOWN;
  private ByteBuf bytes;
  private int offset;
  private int capturedLength;
  private int originalLength;
  private long timestampEpochNanos;
  private long number;
  private int wirePackets;
  private int flowHash;

  private boolean hasFlowCounters;
  private long sentPackets;
  private long sentBytes;
  private long receivedPackets;
  private long receivedBytes;
  private HandshakeTimes handshake = HandshakeTimes.UNKNOWN;

  private boolean hasZeroWindows;
  private boolean sentWindowClosed;
  private long sentZeroWindowNanos;
  private boolean receivedWindowClosed;
  private long receivedZeroWindowNanos;

  private int tcpOffset;
  private int tcpLength;
  private int ipLength;

  private long streamId;
  private boolean payloadSkipped;
  private boolean hasSkipped;
  private final SkippedBytes skippedOfSender = new SkippedBytes();
  private final SkippedBytes skippedOfReceiver = new SkippedBytes();

  /**
   * Points this flyweight at a packet, without flow counters.
   *
   * @param bytes memory that holds the packet, in network byte order, possibly with much else
   * @param offset index in {@code bytes} of the packet's first byte
   * @param capturedLength bytes held
   * @param originalLength bytes on the wire; more than held if the packet was truncated
   * @param number position of the packet in its source, from 1
   */
  public void wrap(
      CaptureInterface capturedOn,
      PacketDirection direction,
      ByteBuf bytes,
      int offset,
      int capturedLength,
      int originalLength,
      long timestampEpochNanos,
      long number) {
    this.capturedOn = capturedOn;
    this.direction = direction;
    this.bytes = bytes;
    this.offset = offset;
    this.capturedLength = capturedLength;
    this.originalLength = originalLength;
    this.timestampEpochNanos = timestampEpochNanos;
    this.number = number;
    this.wirePackets = 1;
    this.flowHash = 0;
    this.hasFlowCounters = false;
    this.handshake = HandshakeTimes.UNKNOWN;
    this.hasZeroWindows = false;
    this.tcpOffset = 0;
    this.streamId = 0;
    this.payloadSkipped = false;
    this.hasSkipped = false;
  }

  /**
   * Adds the kernel's counters of the flow that the packet belongs to: cumulative, at IP level,
   * this packet and pure acknowledgements included. "Sent" is the direction of this packet.
   */
  public void flowCounters(
      long sentPackets, long sentBytes, long receivedPackets, long receivedBytes) {
    this.hasFlowCounters = true;
    this.sentPackets = sentPackets;
    this.sentBytes = sentBytes;
    this.receivedPackets = receivedPackets;
    this.receivedBytes = receivedBytes;
  }

  /**
   * Adds to the flow counters how long each side had announced a window of zero by the time of the
   * packet, and whether it still does. To be left out if neither ever has.
   */
  public void zeroWindows(
      boolean sentClosed, long sentNanos, boolean receivedClosed, long receivedNanos) {
    this.hasZeroWindows = true;
    this.sentWindowClosed = sentClosed;
    this.sentZeroWindowNanos = sentNanos;
    this.receivedWindowClosed = receivedClosed;
    this.receivedZeroWindowNanos = receivedNanos;
  }

  /** Adds to the flow counters when the kernel saw the flow's handshake. */
  public void handshake(HandshakeTimes handshake) {
    this.handshake = handshake;
  }

  /**
   * Says where the source has found the headers. To be left out if it has not looked for them.
   *
   * @param ipOffset of the IP header in the packet
   * @param tcpOffset of the TCP header in the packet
   * @param ipLength from the IP header on, on the wire and without padding
   */
  public void headers(int ipOffset, int tcpOffset, int ipLength) {
    this.tcpOffset = tcpOffset;
    this.tcpLength = ipLength - (tcpOffset - ipOffset);
    this.ipLength = ipLength;
  }

  /** Says how many packets on the wire this one stands for: more than 1 after GRO or before GSO. */
  public void wirePackets(int wirePackets) {
    this.wirePackets = wirePackets;
  }

  /** Adds the direction-independent hash by which the kernel spreads flows over workers. */
  public void flowHash(int flowHash) {
    this.flowHash = flowHash;
  }

  /**
   * Says of which stream the packet is.
   *
   * @param streamId not 0; differs in the lowest bit from that of the other direction, and in
   *     others from that of every other connection
   * @param payloadSkipped whether the payload was left out because of {@link SkipControl}
   */
  public void stream(long streamId, boolean payloadSkipped) {
    this.streamId = streamId;
    this.payloadSkipped = payloadSkipped;
  }

  /** Says that {@link #skippedOfSender} and {@link #skippedOfReceiver} have been set. */
  public void withSkipped() {
    hasSkipped = true;
  }

  public CaptureInterface capturedOn() {
    return capturedOn;
  }

  public PacketDirection direction() {
    return direction;
  }

  /** The memory that holds the packet from {@link #offset()}; never keep or release it. */
  public ByteBuf bytes() {
    return bytes;
  }

  public int offset() {
    return offset;
  }

  public int capturedLength() {
    return capturedLength;
  }

  public int originalLength() {
    return originalLength;
  }

  public long timestampEpochNanos() {
    return timestampEpochNanos;
  }

  /** Position of the packet in its source, from 1: the frame number of a capture file. */
  public long number() {
    return number;
  }

  public int wirePackets() {
    return wirePackets;
  }

  public int flowHash() {
    return flowHash;
  }

  /** Whether the counters below were given; they are stale if not. */
  public boolean hasFlowCounters() {
    return hasFlowCounters;
  }

  public long sentPackets() {
    return sentPackets;
  }

  public long sentBytes() {
    return sentBytes;
  }

  public long receivedPackets() {
    return receivedPackets;
  }

  public long receivedBytes() {
    return receivedBytes;
  }

  /** Whether the four below were given. */
  public boolean hasZeroWindows() {
    return hasZeroWindows;
  }

  public boolean isSentWindowClosed() {
    return sentWindowClosed;
  }

  public long sentZeroWindowNanos() {
    return sentZeroWindowNanos;
  }

  public boolean isReceivedWindowClosed() {
    return receivedWindowClosed;
  }

  public long receivedZeroWindowNanos() {
    return receivedZeroWindowNanos;
  }

  /** When the kernel saw the flow's handshake. Not to be kept. */
  public HandshakeTimes handshake() {
    return handshake;
  }

  /** Whether the three below were given. */
  public boolean hasHeaders() {
    return tcpOffset != 0;
  }

  /** Where the TCP header begins, from {@link #offset()}. */
  public int tcpOffset() {
    return tcpOffset;
  }

  /** Bytes of the TCP header and its payload on the wire. */
  public int tcpLength() {
    return tcpLength;
  }

  /** Bytes on the wire from the IP header on. */
  public int ipLength() {
    return ipLength;
  }

  /** What {@link SkipControl} knows the packet's stream by; 0 if the source cannot skip. */
  public long streamId() {
    return streamId;
  }

  /** Whether the payload that is not here was left out because of {@link SkipControl}. */
  public boolean isPayloadSkipped() {
    return payloadSkipped;
  }

  /** Whether the two below hold; a run may be empty. */
  public boolean hasSkipped() {
    return hasSkipped;
  }

  /** What was left out of the packet's own stream, up to this packet. */
  public SkippedBytes skippedOfSender() {
    return skippedOfSender;
  }

  /** What was left out of the other direction's stream, up to this packet. */
  public SkippedBytes skippedOfReceiver() {
    return skippedOfReceiver;
  }
}
