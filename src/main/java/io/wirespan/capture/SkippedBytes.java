// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

/**
 * A run of bytes of one stream that a source saw, in order and without a hole, and did not hand
 * over because {@link SkipControl} told it so. Part of a {@link Packet}, and valid as long.
 *
 * <p>The run ends where the source is by the time of the packet, and begins behind the last packet
 * of the stream that it handed over before. Later packets may tell of the same run, or of a longer
 * one that begins at the same place.
 */
public final class SkippedBytes {
  private int fromSequence;
  private int untilSequence;
  private int retransmitted;
  private long lastEpochNanos;
  private long sentPackets;
  private long sentBytes;
  private long receivedPackets;
  private long receivedBytes;
  private long sentZeroWindowNanos;
  private long receivedZeroWindowNanos;

  /**
   * Points this at a run.
   *
   * @param fromSequence sequence number of its first byte
   * @param untilSequence sequence number behind its last byte
   * @param retransmitted see {@link #retransmitted}
   */
  public void set(int fromSequence, int untilSequence, int retransmitted) {
    this.fromSequence = fromSequence;
    this.untilSequence = untilSequence;
    this.retransmitted = retransmitted;
  }

  /** Says when its last byte came, and what {@link Packet#flowCounters} were by then. */
  public void last(
      long epochNanos, long sentPackets, long sentBytes, long receivedPackets, long receivedBytes) {
    this.lastEpochNanos = epochNanos;
    this.sentPackets = sentPackets;
    this.sentBytes = sentBytes;
    this.receivedPackets = receivedPackets;
    this.receivedBytes = receivedBytes;
  }

  /** Says how long the run's sender, and the other side, had announced a window of zero by then. */
  public void zeroWindows(long sentNanos, long receivedNanos) {
    this.sentZeroWindowNanos = sentNanos;
    this.receivedZeroWindowNanos = receivedNanos;
  }

  public boolean isEmpty() {
    return fromSequence == untilSequence;
  }

  public int fromSequence() {
    return fromSequence;
  }

  public int untilSequence() {
    return untilSequence;
  }

  /** Segments that repeated bytes of such runs and were not handed over, since the stream began. */
  public int retransmitted() {
    return retransmitted;
  }

  /** When the packet with the last byte crossed the interface. */
  public long lastEpochNanos() {
    return lastEpochNanos;
  }

  /** Packets of the stream up to that one; and so on, as in {@link Packet#flowCounters}. */
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

  /** By the time of the last byte. */
  public long sentZeroWindowNanos() {
    return sentZeroWindowNanos;
  }

  /** By the time of the last byte. */
  public long receivedZeroWindowNanos() {
    return receivedZeroWindowNanos;
  }
}
