// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.wirespan.capture.FlowShare;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketHandler;
import io.wirespan.capture.SkipControl;
import io.wirespan.capture.TraceRules;
import io.wirespan.tcp.TrackedConnection.State;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Follows TCP connections from packet to byte stream, and gives each traced one a {@link
 * StreamHandler}. Owned by one thread.
 *
 * <p>Time is that of the packets, so that a capture file gives the same result each time; {@link
 * #tick} moves it on while an interface is silent.
 */
public final class ConnectionTable implements PacketHandler {
  private static final long EXPIRY_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** A packet older than this is no late one: the clock was set back, or another file begins. */
  private static final long CLOCK_STEP_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final TcpLimits.Connections limits;
  private final TcpCounters counters = new TcpCounters();
  private final TcpContext context;
  private final ConnectionOpener opener;
  private final SegmentDecoder decoder;
  private final Segment segment = new Segment();
  private final Stamp stamp = new Stamp();
  private final ConnectionKey key = new ConnectionKey(new SplittableRandom().nextLong());
  private final ConnectionMap connections = new ConnectionMap();
  private final RecentStreams streams = new RecentStreams();
  private final ConnectionList halfOpen = new ConnectionList();
  private final ConnectionList established = new ConnectionList();
  private final ConnectionList closing = new ConnectionList();
  private final ConnectionList closed = new ConnectionList();
  private final WaitingQueue waiting;
  private long nextExpiryEpochNanos = Long.MIN_VALUE;

  public ConnectionTable(StreamHandlerFactory factory, TraceRules rules) {
    this(factory, rules, TcpLimits.DEFAULT, ConnectionObserver.NONE);
  }

  public ConnectionTable(StreamHandlerFactory factory, TraceRules rules, TcpLimits limits) {
    this(factory, rules, limits, ConnectionObserver.NONE);
  }

  public ConnectionTable(
      StreamHandlerFactory factory,
      TraceRules rules,
      TcpLimits limits,
      ConnectionObserver observer) {
    this(factory, rules, limits, observer, FlowShare.ALL, SkipControl.NONE);
  }

  /**
   * A table for one of several workers.
   *
   * @param limits of this worker alone
   * @param share the flows that it is given; packets that carry no flow counters may be of any
   * @param skipControl of the source of its packets
   */
  public ConnectionTable(
      StreamHandlerFactory factory,
      TraceRules rules,
      TcpLimits limits,
      ConnectionObserver observer,
      FlowShare share,
      SkipControl skipControl) {
    this.limits = limits.connections();
    this.opener = new ConnectionOpener(factory, rules);
    this.context = new TcpContext(limits.buffers(), counters, opener, observer, skipControl);
    this.decoder = new SegmentDecoder(limits.fragments(), counters, share);
    this.waiting = new WaitingQueue(EXPIRY_INTERVAL_NANOS);
  }

  public TcpCounters counters() {
    return counters;
  }

  @Override
  public void onPacket(Packet packet) {
    advance(packet.timestampEpochNanos());
    TrackedConnection known = packet.hasHeaders() ? streams.find(packet.streamId()) : null;
    if (known == null) {
      findByEndpoints(packet);
    } else if (decoder.decodeFound(packet, segment)) {
      onSegment(known, packet, (int) (packet.streamId() ^ known.streamIdOf0()));
    }
  }

  private void findByEndpoints(Packet packet) {
    if (!decoder.decode(packet, segment)) {
      return;
    }
    if (!opener.mayConcern(segment)) {
      counters.untracedPackets++;
      counters.untracedConnections += segment.isSyn() && !segment.isAck() ? 1 : 0;
      return;
    }
    int side = key.set(segment, packet.capturedOn().id());
    TrackedConnection known = connections.find(key);
    if (known != null) {
      onSegment(known, packet, side);
    } else if (mayBegin()) {
      begin(key.copy(), packet, side);
    } else {
      counters.strayPackets++;
    }
  }

  private void onSegment(TrackedConnection known, Packet packet, int side) {
    if (packet.hasSkipped()) {
      known.onSkipped(packet, side);
    }
    if (!known.isSucceededBy(segment, side)) {
      follow(known, packet, side);
      return;
    }
    remove(known, CloseReason.REUSED);
    if (mayBegin()) {
      begin(known.key(), packet, side);
    } else {
      counters.strayPackets++;
    }
  }

  /**
   * Whether the segment tells of a connection that is not known: a SYN, or a payload. A lone byte
   * that is not pushed is a keep-alive probe's, and garbage.
   */
  private boolean mayBegin() {
    if (segment.isRst()) {
      return false;
    }
    return segment.isSyn()
        || segment.payloadLength > 1
        || segment.hasPayload() && (segment.isPush() || segment.isFin());
  }

  private void begin(ConnectionKey key, Packet packet, int side) {
    makeRoom(segment.isSyn());
    TrackedConnection connection =
        new TrackedConnection(key, counters.connectionsTotal, context, packet, side);
    counters.connectionsTotal++;
    counters.connectionsOpen++;
    connections.add(connection);
    halfOpen.add(connection);
    follow(connection, packet, side);
  }

  private void follow(TrackedConnection connection, Packet packet, int side) {
    if (packet.streamId() != 0) {
      streams.note(connection, packet.streamId(), side);
    }
    connection.lastSeenEpochNanos = context.epochNanos;
    connection.list.touch(connection);
    if (connection.state == State.CLOSED) {
      counters.strayPackets++;
      return;
    }
    if (!connection.isIgnored()) {
      boolean opening = connection.state == State.HALF_OPEN && !segment.hasPayload();
      context.observer.onPacket(connection, packet, opening || segment.isSyn());
    }
    connection.count(packet, segment, side, stamp);
    if (segment.isRst()) {
      reset(connection, side);
      return;
    }
    if (segment.isSyn()) {
      connection.onSyn(segment, side, packet.timestampEpochNanos());
    }
    if (connection.state == State.HALF_OPEN) {
      if (segment.isSyn() && !segment.hasPayload()) {
        return;
      }
      connection.establish();
      move(connection, State.ESTABLISHED, established);
    }
    connection.onSegment(segment, side, stamp);
    if (connection.streams().isFinished()) {
      bury(connection, CloseReason.FINISHED, packet.timestampEpochNanos());
      return;
    }
    if (connection.state == State.ESTABLISHED && connection.streams().isHalfClosed()) {
      move(connection, State.CLOSING, closing);
    }
    if (connection.streams().isWaiting()) {
      waiting.add(connection, context.epochNanos);
    }
  }

  private void reset(TrackedConnection connection, int side) {
    if (!connection.acceptsReset(segment, side)) {
      counters.ignoredResets++;
      return;
    }
    connection.onReset(segment, side, stamp);
    if (connection.state == State.HALF_OPEN) {
      remove(connection, CloseReason.RESET);
    } else {
      bury(connection, CloseReason.RESET, stamp.timestampEpochNanos());
    }
  }

  private static void move(TrackedConnection connection, State state, ConnectionList to) {
    connection.list.remove(connection);
    connection.state = state;
    to.add(connection);
  }

  /** Closes a connection and remembers it for a while. */
  private void bury(TrackedConnection connection, CloseReason reason, long epochNanos) {
    waiting.remove(connection);
    connection.close(reason, epochNanos);
    counters.connectionsOpen--;
    move(connection, State.CLOSED, closed);
    if (closed.size() > limits.maxClosed()) {
      remove(closed.first(), CloseReason.EVICTED);
    }
  }

  /** Closes a connection, if it is not closed, and forgets it. */
  private void remove(TrackedConnection connection, CloseReason reason) {
    remove(connection, reason, context.epochNanos);
  }

  private void remove(TrackedConnection connection, CloseReason reason, long epochNanos) {
    waiting.remove(connection);
    if (connection.state != State.CLOSED) {
      connection.close(reason, epochNanos);
      counters.connectionsOpen--;
    }
    connection.list.remove(connection);
    connections.remove(connection);
    streams.remove(connection);
  }

  /** Evicts a connection if the table is full: one that carries nothing yet, if there is any. */
  private void makeRoom(boolean forHalfOpen) {
    boolean full = counters.connectionsOpen >= limits.maxOpen();
    if (full && halfOpen.size() == 0) {
      counters.connectionsEvicted++;
      remove(leastRecentlyUsed(), CloseReason.EVICTED);
    } else if (full || forHalfOpen && halfOpen.size() >= limits.maxHalfOpen()) {
      counters.connectionsEvicted++;
      counters.halfOpenEvicted++;
      remove(halfOpen.first(), CloseReason.EVICTED);
    }
  }

  private TrackedConnection leastRecentlyUsed() {
    TrackedConnection open = established.first();
    TrackedConnection half = closing.first();
    if (open == null || half == null) {
      return open == null ? half : open;
    }
    return open.lastSeenEpochNanos <= half.lastSeenEpochNanos ? open : half;
  }

  /** Moves time on, for an interface that is silent: what is overdue by then is given up. */
  public void tick(long nowEpochNanos) {
    if (nowEpochNanos > context.epochNanos) {
      advance(nowEpochNanos);
    }
  }

  private void advance(long epochNanos) {
    if (epochNanos > context.epochNanos) {
      context.epochNanos = epochNanos;
      if (epochNanos >= nextExpiryEpochNanos) {
        expire(epochNanos);
      }
    } else if (context.epochNanos - epochNanos > CLOCK_STEP_NANOS) {
      context.epochNanos = epochNanos;
      nextExpiryEpochNanos = epochNanos;
    }
  }

  private void expire(long now) {
    nextExpiryEpochNanos = now + EXPIRY_INTERVAL_NANOS;
    TrackedConnection due;
    while ((due = waiting.poll(now)) != null) {
      due.settle();
      if (due.streams().isFinished()) {
        bury(due, CloseReason.FINISHED, now);
      } else if (due.streams().isWaiting()) {
        waiting.add(due, now);
      }
    }
    expire(halfOpen, limits.halfOpenNanos(), now);
    expire(closing, limits.closingNanos(), now);
    expire(established, limits.idleNanos(), now);
    expire(closed, limits.closedNanos(), now);
    decoder.expire(now);
  }

  private void expire(ConnectionList list, long timeoutNanos, long now) {
    TrackedConnection oldest = list.first();
    while (oldest != null && now - oldest.lastSeenEpochNanos >= timeoutNanos) {
      remove(oldest, CloseReason.IDLE, now);
      oldest = list.first();
    }
  }

  /** Visits what follows each open connection, in the order in which those began. */
  public void forEachHandler(Consumer<StreamHandler> visitor) {
    for (TrackedConnection connection : connections.inOrderOfCreation()) {
      if (connection.handler != null) {
        visitor.accept(connection.handler);
      }
    }
  }

  /** Closes every connection, in the order in which they began. The table can be used again. */
  public void close(long epochNanos) {
    for (TrackedConnection connection : connections.inOrderOfCreation()) {
      remove(connection, CloseReason.SHUTDOWN, epochNanos);
    }
  }
}
