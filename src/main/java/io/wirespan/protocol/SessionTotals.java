// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import static io.wirespan.tcp.Wrapping.later;

import io.wirespan.tcp.CloseReason;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.Direction;
import io.wirespan.tcp.GapCause;
import io.wirespan.tcp.PacketStamp;
import java.util.List;

/** Counts what a connection, or the rest of one, takes on the wire, for a record of all of it. */
public final class SessionTotals {
  private static final Direction[] DIRECTIONS = Direction.values();

  private final Counts[] sides = {new Counts(), new Counts()};
  private boolean begun;
  private long gapBytes;
  private Outcome outcome = Outcome.COMPLETE;
  private Direction ended;

  /** Of one direction. */
  private static final class Counts {
    private long firstNanos;
    private long lastNanos;
    private long packetsBefore;
    private long packetsThrough;
    private long bytesBefore;
    private long bytesThrough;
    private long zeroWindowBefore;
    private long zeroWindowThrough;
    private long payloadBytes;
    private int retransmits;
    private int outOfOrder;

    MessageStats stats() {
      return new MessageStats(
          packetsThrough - packetsBefore,
          bytesThrough - bytesBefore,
          0,
          payloadBytes,
          retransmits,
          outOfOrder,
          zeroWindowThrough - zeroWindowBefore);
    }
  }

  /** The packets of the whole connection count, those before its first payload too. */
  public void countFromStart() {
    begun = true;
  }

  public void data(Direction direction, long length, PacketStamp stamp) {
    packet(stamp);
    Counts side = sides[direction.ordinal()];
    side.payloadBytes += length;
    side.lastNanos = Math.max(side.lastNanos, stamp.timestampEpochNanos());
    if (side.firstNanos == 0) {
      side.firstNanos = stamp.timestampEpochNanos();
    }
  }

  public void gap(Direction direction, long length, GapCause cause) {
    sides[direction.ordinal()].payloadBytes += length;
    gapBytes += length;
    if (outcome == Outcome.COMPLETE) {
      outcome = cause == GapCause.LOST ? Outcome.GAP : Outcome.TRUNCATED;
    }
  }

  public void segment(Direction direction, boolean repeated) {
    Counts side = sides[direction.ordinal()];
    if (repeated) {
      side.retransmits++;
    } else {
      side.outOfOrder++;
    }
  }

  public void end(Direction direction, PacketStamp stamp) {
    packet(stamp);
    if (ended == null) {
      ended = direction;
    }
  }

  private void packet(PacketStamp stamp) {
    for (Direction direction : DIRECTIONS) {
      Counts side = sides[direction.ordinal()];
      if (!begun) {
        side.packetsBefore = stamp.packetsBefore(direction);
        side.bytesBefore = stamp.bytesBefore(direction);
        side.zeroWindowBefore = stamp.zeroWindowNanos(direction);
        side.packetsThrough = side.packetsBefore;
        side.bytesThrough = side.bytesBefore;
      }
      side.packetsThrough = later(side.packetsThrough, stamp.packetsThrough(direction));
      side.bytesThrough = later(side.bytesThrough, stamp.bytesThrough(direction));
      side.zeroWindowThrough = Math.max(side.zeroWindowThrough, stamp.zeroWindowNanos(direction));
    }
    begun = true;
  }

  /** Whether anything was sent. */
  public boolean begun() {
    return lastNanos() != 0;
  }

  /** When the last byte was seen; 0 before the first. */
  public long lastNanos() {
    return Math.max(sides[0].lastNanos, sides[1].lastNanos);
  }

  public Detail.ClosedBy closedBy() {
    if (ended == null) {
      return Detail.ClosedBy.NOT_SEEN;
    }
    return ended == Direction.CLIENT_TO_SERVER ? Detail.ClosedBy.CLIENT : Detail.ClosedBy.SERVER;
  }

  /**
   * The record of all that was counted. It has the sizes and times of a request and a response that
   * have no fields.
   *
   * @param whole whether it is of the whole connection, with its handshake
   */
  public Exchange record(
      Connection connection,
      String protocol,
      CloseReason reason,
      long epochNanos,
      Detail detail,
      boolean whole) {
    Counts client = sides[Direction.CLIENT_TO_SERVER.ordinal()];
    Counts server = sides[Direction.SERVER_TO_CLIENT.ordinal()];
    long syn = whole ? connection.synEpochNanos() : 0;
    long first = syn != 0 ? syn : firstOf(client.firstNanos, server.firstNanos);
    boolean endSeen = reason == CloseReason.FINISHED || reason == CloseReason.RESET;
    long last = endSeen ? epochNanos : Math.max(client.lastNanos, server.lastNanos);
    return new Exchange(
        connection.flow(),
        protocol,
        new Request("", "", "", Headers.EMPTY, client.stats()),
        new Response(0, "", Headers.EMPTY, server.stats()),
        new Timing(
            first == 0 ? epochNanos : first,
            last,
            List.of(),
            server.firstNanos,
            server.firstNanos == 0 ? 0 : last,
            syn,
            whole ? connection.synAckEpochNanos() : 0,
            whole ? connection.handshakeAckEpochNanos() : 0),
        outcome(reason),
        gapBytes,
        detail);
  }

  private static long firstOf(long one, long other) {
    return one == 0 || other == 0 ? Math.max(one, other) : Math.min(one, other);
  }

  /** Whether all of it was seen to its end. */
  private Outcome outcome(CloseReason reason) {
    if (outcome != Outcome.COMPLETE) {
      return outcome;
    }
    return switch (reason) {
      case FINISHED, REUSED -> Outcome.COMPLETE;
      case RESET -> Outcome.RESET;
      case IDLE, EVICTED -> Outcome.EVICTED;
      case SHUTDOWN -> Outcome.STILL_OPEN;
    };
  }
}
