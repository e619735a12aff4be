// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.netty.buffer.ByteBuf;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketDirection;
import java.util.Optional;

/**
 * A connection in the table. Its two sides are numbered as in its {@link ConnectionKey}, since
 * packets are counted before it is known which of them is the client.
 */
final class TrackedConnection implements Connection {
  /** What is known of a connection's life; each state has its own time limit. */
  enum State {
    HALF_OPEN,
    ESTABLISHED,
    CLOSING,
    CLOSED
  }

  /** How far late segments may lie behind a closed connection's last byte. */
  private static final int MAX_LATE = 1 << 24;

  /** How much a peer may still send that does not know yet of the reset. */
  private static final int MAX_IN_FLIGHT = 1 << 20;

  /**
   * Payloads that may pass before a guess is made. A wrong one would turn every name of a long
   * connection around; calls that follow one another tell much earlier.
   */
  private static final int MAX_UNTOLD = 256;

  private static final int NOBODY = -1;

  private final ConnectionKey key;
  private final long number;
  private final TcpContext context;
  private final CaptureInterface capturedOn;
  private final PacketDirection directionOf0;
  private final Handshake handshake = new Handshake();
  private final ZeroWindows zeroWindows = new ZeroWindows();

  // Links and marks of ConnectionList and WaitingQueue.
  ConnectionList list;
  TrackedConnection previous;
  TrackedConnection next;
  TrackedConnection previousQueued;
  TrackedConnection nextQueued;
  boolean isQueued;
  long dueEpochNanos;

  State state = State.HALF_OPEN;
  long lastSeenEpochNanos;

  private final PacketTotals totals = new PacketTotals();

  /** The streams of the two sides, from the end of the handshake to the connection's end. */
  private StreamPair streams;

  /** Null until there is something to deliver, and after the end. */
  StreamHandler handler;

  private Flow flow;
  private boolean decided;
  private int untold;
  private boolean ignored;

  /** The side that has sent a reset, if one has. */
  private int resetBy = NOBODY;

  private boolean finalKnownOf0;
  private boolean finalKnownOf1;
  private int finalSequenceOf0;
  private int finalSequenceOf1;

  TrackedConnection(
      ConnectionKey key, long number, TcpContext context, Packet first, int senderSide) {
    this.key = key;
    this.number = number;
    this.context = context;
    this.capturedOn = first.capturedOn();
    this.directionOf0 =
        senderSide == 0 ? first.direction() : TraceMatcher.opposite(first.direction());
  }

  ConnectionKey key() {
    return key;
  }

  /** Position among the connections of the table, in the order in which they began. */
  long number() {
    return number;
  }

  CaptureInterface capturedOn() {
    return capturedOn;
  }

  boolean isIgnored() {
    return ignored;
  }

  private StreamReassembler stream(int side) {
    return streams.of(side);
  }

  // What the table asks and tells.

  /** Whether a segment with the same endpoints belongs to a later connection than this one. */
  boolean isSucceededBy(Segment segment, int side) {
    if (segment.isRst()) {
      return false;
    }
    if (segment.isSyn()) {
      return !ownsSyn(segment, side);
    }
    return state == State.CLOSED && segment.hasPayload() && !isLate(segment, side);
  }

  private boolean ownsSyn(Segment segment, int side) {
    if (handshake.knowsInitial(side)) {
      // A server that keeps no state may answer a repeated SYN with another number (RFC 4987, 3.6).
      boolean answersAgain = segment.isAck() && state == State.HALF_OPEN;
      return handshake.initial(side) == segment.sequence || answersAgain;
    }
    return switch (state) {
      case HALF_OPEN -> true;
      case ESTABLISHED, CLOSING -> stream(side).position().mayBegin(segment.sequence + 1);
      case CLOSED -> false;
    };
  }

  private boolean isLate(Segment segment, int side) {
    if (side == 0 ? !finalKnownOf0 : !finalKnownOf1) {
      return false;
    }
    int ahead = segment.endSequence() - (side == 0 ? finalSequenceOf0 : finalSequenceOf1);
    // Who has reset the connection sends no more. If it does, the reset was not its own.
    boolean inFlight = resetBy == 1 - side;
    return ahead <= (inFlight ? MAX_IN_FLIGHT : 0) && ahead > -MAX_LATE;
  }

  /** Counts a packet of this connection and writes the counts that result into {@code stamp}. */
  void count(Packet packet, Segment segment, int side, Stamp stamp) {
    if (packet.hasFlowCounters()) {
      handshake.merge(packet);
    }
    stamp.packet(
        packet.timestampEpochNanos(), packet.number(), side, segment.packets, segment.ipBytes);
    totals.count(packet, segment, side, stamp);
    long now = packet.timestampEpochNanos();
    zeroWindows.onSegment(segment, side, now);
    stamp.zeroWindows(zeroWindows.nanos(0, now), zeroWindows.nanos(1, now));
  }

  void onSyn(Segment segment, int side, long epochNanos) {
    handshake.onSyn(segment, side, epochNanos);
    if (streams != null) {
      stream(side).begin(segment.sequence + 1);
    }
  }

  /** The handshake is over, or was not seen: from here on there are streams. */
  void establish() {
    streams = new StreamPair(this, context);
    for (int side = 0; side < 2; side++) {
      if (handshake.knowsInitial(side)) {
        stream(side).begin(handshake.initial(side) + 1);
      }
    }
  }

  /** Whether the kernel has seen this side's SYN, which it did not hand over. */
  boolean beginsWithPayload(int side) {
    return (side == handshake.clientSide()
            ? handshake.synEpochNanos()
            : handshake.synAckEpochNanos())
        != 0;
  }

  /** A segment, not a reset, of an established connection. */
  void onSegment(Segment segment, int side, Stamp stamp) {
    StreamReassembler sent = stream(side);
    StreamReassembler received = stream(1 - side);
    // Packets made by hand have 0 there; by chance it hardly ever comes up.
    boolean acknowledges = segment.isAck() && segment.acknowledgement != 0;
    if (acknowledges) {
      handshake.onAck(side, stamp.timestampEpochNanos());
      if (handshake.isAnsweredBy(segment, side)) {
        received.begin(segment.acknowledgement);
      }
      stamp.acknowledges(segment.acknowledgement);
      received.onAck(segment.acknowledgement, segment.hasPayload(), stamp);
    }
    if (segment.hasPayload()) {
      if (decided || decide(segment, side, stamp)) {
        if (acknowledges && side == handshake.clientSide()) {
          received.position().joinBehind(segment.acknowledgement);
        }
        sent.onData(segment, stamp);
      } else {
        context.counters.untoldPackets++;
        sent.beginsBehind(segment.endSequence());
      }
    }
    if (segment.isFin()) {
      sent.onFin(segment.endSequence(), stamp);
    }
    settle();
  }

  boolean acceptsReset(Segment segment, int side) {
    return streams == null || stream(side).position().mayReset(segment.sequence);
  }

  void onReset(Segment segment, int side, Stamp stamp) {
    resetBy = side;
    if (streams != null) {
      streams.flush();
      stream(side).onReset(segment.sequence, stamp);
    }
  }

  /** Delivers what need not wait any longer. */
  void settle() {
    streams.settle(context.epochNanos);
  }

  boolean isWaiting() {
    return streams.isWaiting();
  }

  boolean isHalfClosed() {
    return streams.isHalfClosed();
  }

  boolean isFinished() {
    return streams.isFinished();
  }

  /** Ends the connection; what remains is enough to recognise its late packets. */
  void close(CloseReason reason, long epochNanos) {
    if (streams != null) {
      streams.flush();
      finalKnownOf0 = stream(0).position().isKnown();
      finalKnownOf1 = stream(1).position().isKnown();
      finalSequenceOf0 = stream(0).position().nextSequence();
      finalSequenceOf1 = stream(1).position().nextSequence();
      streams.release();
      streams = null;
    }
    if (handler != null) {
      handler.onClose(reason, epochNanos);
      handler = null;
    }
    context.observer.onForgotten(this);
    flow = null;
    ignored = true;
  }

  // What the streams tell.

  void onData(int side, ByteBuf data, long offset, Stamp stamp) {
    handler.onData(directionFrom(side), data, offset, oriented(stamp));
  }

  void onGap(int side, long offset, long length, GapCause cause, Stamp stamp) {
    if (!decided) {
      decideByPorts(stamp);
    }
    if (!ignored) {
      context.counters.countGap(cause, length);
      handler.onGap(directionFrom(side), offset, length, cause, oriented(stamp));
    }
  }

  void onRetransmission(int side, long offset, int length) {
    handler.onRetransmission(directionFrom(side), offset, length);
  }

  void onOutOfOrder(int side, long offset, int length) {
    handler.onOutOfOrder(directionFrom(side), offset, length);
  }

  void onEnd(int side, Stamp stamp) {
    if (handler != null && !ignored) {
      handler.onEnd(directionFrom(side), oriented(stamp));
    }
  }

  private Direction directionFrom(int side) {
    return side == handshake.clientSide() ? Direction.CLIENT_TO_SERVER : Direction.SERVER_TO_CLIENT;
  }

  private Stamp oriented(Stamp stamp) {
    stamp.clientSide(handshake.clientSide());
    if (stamp.hasAcknowledgement()) {
      stamp.acknowledgedOffset(
          stream(1 - stamp.side()).position().acknowledgedOffset(stamp.acknowledgement()));
    }
    return stamp;
  }

  // Opening.

  /** False as long as a later payload may tell better who is the client. */
  private boolean decide(Segment first, int side, Stamp stamp) {
    if (handshake.knowsClient()) {
      open(stamp);
      return true;
    }
    int client = context.opener.clientSideByContent(first, side);
    if (client >= 0) {
      handshake.clientIs(client);
    } else if (!context.opener.portsTell(key) && untold++ < MAX_UNTOLD) {
      return false;
    }
    decideByPorts(stamp);
    return true;
  }

  private void decideByPorts(Stamp stamp) {
    if (!handshake.knowsClient()) {
      handshake.clientIs(context.opener.clientSideByPorts(key));
    }
    open(stamp);
  }

  private void open(Stamp stamp) {
    decided = true;
    int client = handshake.clientSide();
    PacketDirection clientPackets =
        client == 0 ? directionOf0 : TraceMatcher.opposite(directionOf0);
    Optional<Flow> traced = context.opener.flow(this, client, clientPackets);
    if (traced.isEmpty()) {
      context.counters.untracedConnections++;
      ignore();
      return;
    }
    flow = traced.get();
    context.observer.onTraced(this);
    handler = context.opener.open(this);
    // A FIN before the first payload of either side had nobody to tell.
    for (int side = 0; side < 2; side++) {
      if (stream(side).isEnded()) {
        onEnd(side, stamp);
      }
    }
  }

  // What the room above asks.

  @Override
  public Flow flow() {
    return flow;
  }

  @Override
  public long synEpochNanos() {
    return handshake.synEpochNanos();
  }

  @Override
  public long synAckEpochNanos() {
    return handshake.synAckEpochNanos();
  }

  @Override
  public long handshakeAckEpochNanos() {
    return handshake.ackEpochNanos();
  }

  @Override
  public boolean isFromStart(Direction direction) {
    int client = handshake.clientSide();
    int side = direction == Direction.CLIENT_TO_SERVER ? client : 1 - client;
    return beginsWithPayload(side) || stream(side).position().isFromStart();
  }

  @Override
  public long zeroWindowNanos(Direction direction) {
    int client = handshake.clientSide();
    int receiver = direction == Direction.CLIENT_TO_SERVER ? 1 - client : client;
    return zeroWindows.nanos(receiver, context.epochNanos);
  }

  @Override
  public void ignore() {
    ignored = true;
    context.observer.onForgotten(this);
    if (streams != null) {
      streams.release();
    }
  }
}
