// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/** What this room has done so far. Written by the capture thread only. */
public final class TcpCounters {
  private final long[] ignored = new long[IgnoreReason.values().length];

  long packets;
  long segments;
  long strayPackets;
  long untracedPackets;
  long untoldPackets;
  long segmentsBeforeJoin;
  long untracedConnections;
  long connectionsOpen;
  long connectionsTotal;
  long connectionsEvicted;
  long halfOpenEvicted;
  long gapBytesLost;
  long gapBytesTruncated;
  long retransmittedSegments;
  long outOfOrderSegments;
  long outOfWindowSegments;
  long ignoredResets;
  long fragments;
  long datagramsReassembled;
  long datagramsDropped;
  private long bufferedBytes;
  private long bufferedBytesPeak;

  void countIgnored(IgnoreReason reason) {
    ignored[reason.ordinal()]++;
  }

  void countGap(GapCause cause, long length) {
    switch (cause) {
      case LOST -> gapBytesLost += length;
      case TRUNCATED -> gapBytesTruncated += length;
    }
  }

  void addBufferedBytes(long bytes) {
    bufferedBytes += bytes;
    bufferedBytesPeak = Math.max(bufferedBytesPeak, bufferedBytes);
  }

  /** Packets handed in: {@link #segments} and the ignored ones. */
  public long packets() {
    return packets;
  }

  /** TCP segments decoded. */
  public long segments() {
    return segments;
  }

  /** Packets that gave no segment. */
  public long ignored(IgnoreReason reason) {
    return ignored[reason.ordinal()];
  }

  /** Segments without payload of connections that are not known or have ended. */
  public long strayPackets() {
    return strayPackets;
  }

  /** Segments of connections that no rule traces. */
  public long untracedPackets() {
    return untracedPackets;
  }

  /**
   * Connections that no rule traces: those whose SYN was seen, or that share a port with a rule.
   */
  public long untracedConnections() {
    return untracedConnections;
  }

  public long connectionsOpen() {
    return connectionsOpen;
  }

  public long connectionsTotal() {
    return connectionsTotal;
  }

  /** Connections dropped because the table was full, half-open ones included. */
  public long connectionsEvicted() {
    return connectionsEvicted;
  }

  /** Of those, connections that had not got beyond their handshake. */
  public long halfOpenEvicted() {
    return halfOpenEvicted;
  }

  /** Bytes of streams that were never delivered. */
  public long gapBytes() {
    return gapBytesLost + gapBytesTruncated;
  }

  public long gapBytes(GapCause cause) {
    return switch (cause) {
      case LOST -> gapBytesLost;
      case TRUNCATED -> gapBytesTruncated;
    };
  }

  public long retransmittedSegments() {
    return retransmittedSegments;
  }

  public long outOfOrderSegments() {
    return outOfOrderSegments;
  }

  /** Packets of connections joined later that came before it was known who is the client. */
  public long untoldPackets() {
    return untoldPackets;
  }

  /** Segments from before the place where their stream was joined, delivered too late to count. */
  public long segmentsBeforeJoin() {
    return segmentsBeforeJoin;
  }

  /** Segments dropped because no sender may be that far ahead, or because they follow a FIN. */
  public long outOfWindowSegments() {
    return outOfWindowSegments;
  }

  /** Resets that do not fit their connection's sequence numbers (RFC 5961, section 3). */
  public long ignoredResets() {
    return ignoredResets;
  }

  /** IP fragments seen. */
  public long fragments() {
    return fragments;
  }

  public long datagramsReassembled() {
    return datagramsReassembled;
  }

  /** Datagrams whose fragments never came together. */
  public long datagramsDropped() {
    return datagramsDropped;
  }

  /** Bytes that wait for missing ones, with their overhead. */
  public long bufferedBytes() {
    return bufferedBytes;
  }

  public long bufferedBytesPeak() {
    return bufferedBytesPeak;
  }
}
