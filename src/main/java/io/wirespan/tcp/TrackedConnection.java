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
  private final UntoldClient untold = new UntoldClient();
  private boolean ignored;

  private final LastSequences lastSequences = new LastSequences();
  private final ConnectionSkips skips;

  TrackedConnection(
      ConnectionKey key, long number, TcpContext context, Packet first, int senderSide) {
    this.key = key;
    this.number = number;
    this.context = context;
    this.capturedOn = first.capturedOn();
    this.skips = new ConnectionSkips(context);
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
    return state == State.CLOSED && segment.hasPayload() && !lastSequences.isLate(segment, side);
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

  /** Counts a packet of this connection and writes the counts that result into {@code stamp}. */
  void count(Packet packet, Segment segment, int side, Stamp stamp) {
    if (packet.hasFlowCounters()) {
      handshake.merge(packet);
    }
    stamp.packet(
        packet.timestampEpochNanos(), packet.number(), side, segment.packets, segment.ipBytes);
    totals.count(packet, segment, side, stamp);
    long now = packet.timestampEpochNanos();
    zeroWindows.count(packet, segment, side);
    stamp.zeroWindows(zeroWindows.nanos(0, now), zeroWindows.nanos(1, now));
  }

  /** Takes note of what the source calls a side's stream; not 0. */
  void nameStream(long streamId, int side) {
    skips.nameStream(streamId ^ side, ignored);
  }

  /** What the source calls the stream of side 0, if it has told; else 0. */
  long streamIdOf0() {
    return skips.streamIdOf0();
  }

  /** Whether the source calls one of the two streams this; not 0. */
  boolean hasStream(long streamId) {
    return (streamId ^ streamIdOf0()) >>> 1 == 0;
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
    return handshake.sawBeginning(side);
  }

  /** A segment, not a reset, of an established connection. */
  void onSegment(Segment segment, int side, Stamp stamp) {
    StreamReassembler sent = stream(side);
    StreamReassembler received = stream(1 - side);
    if (segment.acknowledges()) {
      handshake.onAck(side, stamp.timestampEpochNanos());
      if (handshake.isAnsweredBy(segment, side)) {
        received.begin(segment.acknowledgement);
      }
      stamp.acknowledges(segment.acknowledgement);
      received.onAck(segment.acknowledgement, segment.hasPayload(), stamp);
    }
    if (segment.hasPayload()) {
      if (decided || decide(segment, side, stamp)) {
        if (segment.acknowledges() && side == handshake.clientSide()) {
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

  /** Of an ignored connection, what would tell was skipped. */
  boolean acceptsReset(Segment segment, int side) {
    return streams == null || ignored || stream(side).position().mayReset(segment.sequence);
  }

  /** The packet, of that side, tells what was left out of the streams before it. */
  void onSkipped(Packet packet, int side) {
    if (streams != null && !ignored) {
      skips.deliver(packet.skippedOfSender(), side, stream(side));
      skips.deliver(packet.skippedOfReceiver(), 1 - side, stream(1 - side));
    }
  }

  void onReset(Segment segment, int side, Stamp stamp) {
    lastSequences.resetBy(side);
    if (streams != null) {
      streams.flush();
      stream(side).onReset(segment.sequence, stamp);
    }
  }

  /** Delivers what need not wait any longer. */
  void settle() {
    streams.settle(context.epochNanos);
  }

  /** The streams of a connection that is established and not closed. */
  StreamPair streams() {
    return streams;
  }

  /** Ends the connection; what remains is enough to recognise its late packets. */
  void close(CloseReason reason, long epochNanos) {
    if (streams != null) {
      streams.flush();
      lastSequences.set(stream(0).position(), stream(1).position());
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

  /** Bytes whose packet was seen, and that are not there: perhaps left out on purpose. */
  void onMissing(int side, long offset, long length, boolean skipped, Stamp stamp) {
    boolean taken =
        skipped
            && handler != null
            && handler.onSkipped(directionFrom(side), offset, length, oriented(stamp));
    if (!taken) {
      onGap(side, offset, length, skipped ? GapCause.LOST : GapCause.TRUNCATED, stamp);
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

  private int sideOf(Direction direction) {
    int client = handshake.clientSide();
    return direction == Direction.CLIENT_TO_SERVER ? client : 1 - client;
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
    if (!untold.isSettledBy(first, side, key, handshake, context.opener)) {
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
    int side = sideOf(direction);
    return beginsWithPayload(side) || stream(side).position().isFromStart();
  }

  @Override
  public long zeroWindowNanos(Direction direction) {
    return zeroWindows.nanos(1 - sideOf(direction), context.epochNanos);
  }

  @Override
  public void skip(Direction direction, long endOffset, boolean follow) {
    if (streams != null) {
      int side = sideOf(direction);
      skips.ask(side, stream(side).position(), endOffset, follow);
    }
  }

  @Override
  public void ignore() {
    ignored = true;
    context.observer.onForgotten(this);
    skips.ignoreConnection();
    if (streams != null) {
      streams.release();
    }
  }
}
