// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.wirespan.capture.SkippedBytes;

/** The counts of a connection as of one of its packets, by side until it is known who is client. */
final class Stamp implements PacketStamp {
  private long timestampEpochNanos;
  private long packetNumber;
  private int side;
  private int clientSide;
  private long ownPackets;
  private long ownBytes;
  private long packetsOf0;
  private long packetsOf1;
  private long bytesOf0;
  private long bytesOf1;
  private long zeroWindowOf0;
  private long zeroWindowOf1;
  private boolean hasAcknowledgement;
  private int acknowledgement;
  private long acknowledgedOffset;

  void packet(long timestampEpochNanos, long packetNumber, int side, int packets, int bytes) {
    this.timestampEpochNanos = timestampEpochNanos;
    this.packetNumber = packetNumber;
    this.side = side;
    this.ownPackets = packets;
    this.ownBytes = bytes;
    this.hasAcknowledgement = false;
    this.acknowledgedOffset = UNKNOWN_OFFSET;
  }

  /** The last packet that was skipped, of which the source tells as much as of others. */
  void skipped(SkippedBytes run, int side) {
    packet(run.lastEpochNanos(), 0, side, 0, 0);
    if (side == 0) {
      totals(run.sentPackets(), run.receivedPackets(), run.sentBytes(), run.receivedBytes());
      zeroWindows(run.sentZeroWindowNanos(), run.receivedZeroWindowNanos());
    } else {
      totals(run.receivedPackets(), run.sentPackets(), run.receivedBytes(), run.sentBytes());
      zeroWindows(run.receivedZeroWindowNanos(), run.sentZeroWindowNanos());
    }
  }

  void acknowledges(int sequence) {
    hasAcknowledgement = true;
    acknowledgement = sequence;
  }

  boolean hasAcknowledgement() {
    return hasAcknowledgement;
  }

  /** The acknowledgement number, if it has one. */
  int acknowledgement() {
    return acknowledgement;
  }

  /** Where the acknowledgement number stands in the other direction's stream. */
  void acknowledgedOffset(long offset) {
    acknowledgedOffset = offset;
  }

  /** Of the packet's sender. */
  int side() {
    return side;
  }

  void totals(long packetsOf0, long packetsOf1, long bytesOf0, long bytesOf1) {
    this.packetsOf0 = packetsOf0;
    this.packetsOf1 = packetsOf1;
    this.bytesOf0 = bytesOf0;
    this.bytesOf1 = bytesOf1;
  }

  /** How long each side has announced a window of zero. */
  void zeroWindows(long of0, long of1) {
    this.zeroWindowOf0 = of0;
    this.zeroWindowOf1 = of1;
  }

  void clientSide(int clientSide) {
    this.clientSide = clientSide;
  }

  void copy(Stamp from) {
    packet(
        from.timestampEpochNanos,
        from.packetNumber,
        from.side,
        (int) from.ownPackets,
        (int) from.ownBytes);
    totals(from.packetsOf0, from.packetsOf1, from.bytesOf0, from.bytesOf1);
    zeroWindows(from.zeroWindowOf0, from.zeroWindowOf1);
    clientSide = from.clientSide;
    hasAcknowledgement = from.hasAcknowledgement;
    acknowledgement = from.acknowledgement;
    acknowledgedOffset = from.acknowledgedOffset;
  }

  @Override
  public long timestampEpochNanos() {
    return timestampEpochNanos;
  }

  @Override
  public long packetNumber() {
    return packetNumber;
  }

  @Override
  public long acknowledgedOffset() {
    return acknowledgedOffset;
  }

  @Override
  public long packetsThrough(Direction direction) {
    return sideOf(direction) == 0 ? packetsOf0 : packetsOf1;
  }

  @Override
  public long packetsBefore(Direction direction) {
    return packetsThrough(direction) - (sideOf(direction) == side ? ownPackets : 0);
  }

  @Override
  public long bytesThrough(Direction direction) {
    return sideOf(direction) == 0 ? bytesOf0 : bytesOf1;
  }

  @Override
  public long bytesBefore(Direction direction) {
    return bytesThrough(direction) - (sideOf(direction) == side ? ownBytes : 0);
  }

  @Override
  public long zeroWindowNanos(Direction direction) {
    return sideOf(direction) == 0 ? zeroWindowOf1 : zeroWindowOf0;
  }

  private int sideOf(Direction direction) {
    return direction == Direction.CLIENT_TO_SERVER ? clientSide : 1 - clientSide;
  }
}
