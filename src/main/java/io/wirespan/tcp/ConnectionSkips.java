// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.wirespan.capture.SkipControl;
import io.wirespan.capture.SkippedBytes;

/** What the source of a connection's packets was told to leave out, and what it says of that. */
final class ConnectionSkips {
  /** To tell the source is not worth it for fewer bytes. */
  private static final int LEAST_BYTES = 1 << 16;

  /**
   * The source is told again when so many bytes were delivered since: those that were under way are
   * fewer, so it has forgotten.
   */
  private static final int BYTES_UNTIL_REPEAT = 4 << 20;

  private final TcpContext context;

  /** What the source knows the stream of side 0 by, and but for its lowest bit the other; or 0. */
  private long streamIdOf0;

  /** Null until there is something to skip. */
  private Asked[] asked;

  /** Of one direction. */
  private static final class Asked {
    private long streamId;
    private long endOffset;
    private long atOffset;
    private int retransmitted;
  }

  ConnectionSkips(TcpContext context) {
    this.context = context;
  }

  /** Takes note of what the source calls the stream of side 0. */
  void nameStream(long ofSide0, boolean ignored) {
    if (ofSide0 != streamIdOf0) {
      streamIdOf0 = ofSide0;
      if (ignored) {
        // The source has forgotten the connection and begun anew.
        ignoreConnection();
      }
    }
  }

  long streamIdOf0() {
    return streamIdOf0;
  }

  /** See {@link Connection#ignore}. */
  void ignoreConnection() {
    if (streamIdOf0 != 0) {
      context.skipControl.skipConnection(streamIdOf0);
    }
  }

  /** See {@link Connection#skip}. */
  void ask(int side, StreamPosition position, long endOffset, boolean follow) {
    long next = position.nextOffset();
    // Of a stream without a known end, what has come is what may still come.
    long worth = endOffset == Connection.STREAM_END ? next : endOffset - next;
    if (worth < LEAST_BYTES || streamIdOf0 == 0) {
      return;
    }
    Asked last = asked(side);
    long streamId = streamIdOf0 ^ side;
    boolean pending = streamId == last.streamId && next < last.endOffset;
    if (pending && next - last.atOffset < BYTES_UNTIL_REPEAT) {
      return;
    }
    last.streamId = streamId;
    last.atOffset = next;
    if (endOffset == Connection.STREAM_END) {
      last.endOffset = endOffset;
      context.skipControl.skipStream(streamId);
    } else {
      int step = (int) Math.min(worth, SkipControl.MAX_SKIP);
      last.endOffset = next + step;
      context.skipControl.skipTo(streamId, position.nextSequence() + step, follow);
    }
  }

  private Asked asked(int side) {
    if (asked == null) {
      asked = new Asked[] {new Asked(), new Asked()};
    }
    return asked[side];
  }

  /** Gives a stream what was left out of it. */
  void deliver(SkippedBytes run, int side, StreamReassembler stream) {
    if (run.isEmpty()) {
      return;
    }
    Stamp stamp = context.skipStamp;
    stamp.skipped(run, side);
    stream.onSkipped(run, stamp);
    Asked last = asked(side);
    last.atOffset = stream.position().nextOffset();
    for (int repeated = newlyRepeated(run, last); repeated > 0; repeated--) {
      stream.repeated().bytes(stream.position().nextOffset() - 1, 1);
    }
  }

  private static int newlyRepeated(SkippedBytes run, Asked last) {
    int before = last.retransmitted;
    last.retransmitted = run.retransmitted();
    // Fewer than before: the source had forgotten the stream, and counts anew.
    return run.retransmitted() < before ? run.retransmitted() : run.retransmitted() - before;
  }
}
