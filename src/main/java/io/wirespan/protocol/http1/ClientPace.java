// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import io.wirespan.tcp.PacketStamp;

/**
 * Whether a client pipelines (RFC 9112, section 9.3.2), and if not, what its acknowledgements tell:
 * it sends a request when it has all of the response before, so that the answer begins where it had
 * come to in the server's stream.
 */
final class ClientPace {
  /** Bytes of a request with a line and nothing else. */
  private static final int SHORTEST_REQUEST = 16;

  private final boolean fromStart;

  /** Null if there is none. */
  private OpenMessage latest;

  private boolean pipelining;
  private long serverOffset;
  private long serverLastNanos;

  /**
   * @param fromStart whether the client's stream is seen from its beginning
   */
  ClientPace(boolean fromStart) {
    this.fromStart = fromStart;
  }

  /**
   * A request begins.
   *
   * @param offset of its first byte
   * @param missing whether requests before it may not have been captured
   */
  void request(long offset, PacketStamp stamp, boolean missing) {
    pipelining |= latest != null && latest.isFollowedAtOnce(stamp);
    // What is missing was sent before this one, and before anything was answered.
    boolean oneBefore = missing && fromStart && offset >= SHORTEST_REQUEST;
    pipelining |= oneBefore && stamp.acknowledgedOffset() == 0;
  }

  void begun(OpenMessage request) {
    latest = request;
  }

  /** What began was no request. */
  void dropped() {
    latest = null;
  }

  /** It turned out that it does. */
  void pipelines() {
    pipelining = true;
  }

  boolean isPipelining() {
    return pipelining;
  }

  /** The server's stream has been read, or given up, up to {@code offset}. */
  void serverReached(long offset) {
    serverOffset = offset;
  }

  void serverSpoke(long nanos) {
    serverLastNanos = Math.max(serverLastNanos, nanos);
  }

  boolean isServerQuiet(long nanos, long forNanos) {
    return nanos - serverLastNanos >= forNanos;
  }

  /** Whether the answer to a request that begins with {@code stamp} must have gone by. */
  boolean hasPassedAnswer(PacketStamp stamp) {
    long acknowledged = stamp.acknowledgedOffset();
    return !pipelining && acknowledged != PacketStamp.UNKNOWN_OFFSET && acknowledged < serverOffset;
  }

  /** Only requests that acknowledge less can have lost their response so far. */
  long lossBound() {
    return pipelining ? Long.MAX_VALUE : serverOffset;
  }
}
