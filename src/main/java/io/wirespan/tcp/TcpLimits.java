// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import java.util.concurrent.TimeUnit;

/** How much memory and time this room may spend. Times are of packets, not of the clock. */
public record TcpLimits(Connections connections, Buffers buffers, Fragments fragments) {
  public static final TcpLimits DEFAULT =
      new TcpLimits(Connections.DEFAULT, Buffers.DEFAULT, Fragments.DEFAULT);

  /**
   * Of a capture file, whose packets may be in any order, and where waiting keeps nobody waiting.
   */
  public static final TcpLimits REPLAY =
      new TcpLimits(
          Connections.DEFAULT,
          Buffers.DEFAULT.withReorderNanos(TimeUnit.SECONDS.toNanos(1)),
          Fragments.DEFAULT);

  /** Limits for one of several workers that together stay about within these. */
  public TcpLimits sharedBy(int workers) {
    return new TcpLimits(
        connections.sharedBy(workers), buffers.sharedBy(workers), fragments.sharedBy(workers));
  }

  /**
   * The connection table.
   *
   * @param maxOpen connections tracked; beyond, the half-open and then the least recently used go
   * @param maxHalfOpen of those, connections of which only SYN and SYN-ACK were seen
   * @param maxClosed finished connections remembered, so that their last packets begin no new one
   * @param idleNanos silence after which an established connection is given up
   * @param halfOpenNanos the same for a half-open connection
   * @param closingNanos the same for a connection of which one side has sent its FIN
   * @param closedNanos how long a finished connection is remembered
   */
  public record Connections(
      int maxOpen,
      int maxHalfOpen,
      int maxClosed,
      long idleNanos,
      long halfOpenNanos,
      long closingNanos,
      long closedNanos) {
    public static final Connections DEFAULT =
        new Connections(
            200_000,
            50_000,
            20_000,
            TimeUnit.MINUTES.toNanos(10),
            TimeUnit.SECONDS.toNanos(60),
            TimeUnit.MINUTES.toNanos(2),
            TimeUnit.SECONDS.toNanos(30));

    private Connections sharedBy(int workers) {
      return new Connections(
          Math.ceilDiv(maxOpen, workers),
          Math.ceilDiv(maxHalfOpen, workers),
          Math.ceilDiv(maxClosed, workers),
          idleNanos,
          halfOpenNanos,
          closingNanos,
          closedNanos);
    }
  }

  /**
   * Segments kept until what precedes them arrives. Bytes count a fixed overhead per segment.
   *
   * @param maxBytes of all connections
   * @param maxBytesPerDirection of one direction of one connection
   * @param maxSegmentsPerDirection of one direction of one connection
   * @param holeNanos how long to wait for missing bytes that nobody is known to have received
   * @param reorderNanos how late the capture may deliver a packet: how long to wait for missing
   *     bytes that the other side has acknowledged, and for the beginning of a stream that was
   *     joined in the middle
   */
  public record Buffers(
      long maxBytes,
      int maxBytesPerDirection,
      int maxSegmentsPerDirection,
      long holeNanos,
      long reorderNanos) {
    public static final Buffers DEFAULT =
        new Buffers(
            64 << 20, 1 << 20, 1024, TimeUnit.SECONDS.toNanos(5), TimeUnit.MILLISECONDS.toNanos(5));

    private Buffers withReorderNanos(long nanos) {
      return new Buffers(maxBytes, maxBytesPerDirection, maxSegmentsPerDirection, holeNanos, nanos);
    }

    private Buffers sharedBy(int workers) {
      return new Buffers(
          Math.max(maxBytes / workers, maxBytesPerDirection),
          maxBytesPerDirection,
          maxSegmentsPerDirection,
          holeNanos,
          reorderNanos);
    }
  }

  /**
   * IP datagrams that wait for more fragments; beyond the caps the oldest go.
   *
   * @param maxBytes of all datagrams
   * @param timeoutNanos from the first fragment on (RFC 8200, section 4.5: 60 s at most)
   */
  public record Fragments(int maxDatagrams, int maxBytes, long timeoutNanos) {
    /** A few of the largest datagrams, while their arrays grow. */
    private static final int LEAST_BYTES = 512 << 10;

    public static final Fragments DEFAULT =
        new Fragments(1024, 4 << 20, TimeUnit.SECONDS.toNanos(30));

    /** All workers hold the same fragments, so that this is what each of them can have. */
    private Fragments sharedBy(int workers) {
      int bytes = Math.max(maxBytes / workers, Math.min(maxBytes, LEAST_BYTES));
      return new Fragments(Math.ceilDiv(maxDatagrams, workers), bytes, timeoutNanos);
    }
  }
}
