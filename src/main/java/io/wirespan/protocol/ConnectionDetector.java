// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import io.netty.buffer.ByteBuf;
import io.wirespan.capture.Protocol;
import io.wirespan.protocol.http2.FrameProbe;
import io.wirespan.protocol.websocket.WebSocketConnection;
import io.wirespan.tcp.CloseReason;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.Direction;
import io.wirespan.tcp.GapCause;
import io.wirespan.tcp.PacketStamp;
import io.wirespan.tcp.StreamHandler;

/**
 * Finds out from the first few bytes what a connection carries, and then passes everything on.
 *
 * <p>The declared protocol does not bind: a port declared HTTP serves HTTP/2 with prior knowledge
 * (RFC 9113, section 3.3) as well, and the other way round. Only a connection that was joined in
 * the middle and cannot be told is what was declared.
 */
final class ConnectionDetector implements StreamHandler, UpgradeHandler, OpenExchanges {
  private static final Direction[] DIRECTIONS = Direction.values();
  private static final StreamHandler IGNORED = new IgnoredConnection();
  private static final int SETTINGS_FRAME = 4;
  private static final int FRAME_HEADER_LENGTH = 9;

  private final Connection connection;
  private final Decoders decoders;
  private final boolean[] startsSeen = new boolean[2];
  private final HeldPrefix[] prefixes = new HeldPrefix[2];

  /** Null until the protocol is found. */
  private StreamHandler handler;

  /** Whether the choice of HTTP/1 was a guess: what was seen began in the middle. */
  private boolean guessed;

  ConnectionDetector(Connection connection, Decoders decoders) {
    this.connection = connection;
    this.decoders = decoders;
  }

  @Override
  public void onData(Direction direction, ByteBuf data, long offset, PacketStamp stamp) {
    long base = offset - data.readerIndex();
    if (offset == 0 && handler == null && direction == Direction.CLIENT_TO_SERVER) {
      skipPreamble(data);
      noteHandshake();
      if (!data.isReadable()) {
        return;
      }
    }
    if (handler == null && !decide(direction, data, base + data.readerIndex(), stamp)) {
      return;
    }
    if (guessed) {
      reconsider(direction, data);
    }
    if (data.isReadable()) {
      pass(direction, data, base + data.readerIndex(), stamp);
    }
  }

  private void skipPreamble(ByteBuf data) {
    if (connection.flow().declared().orElse(Protocol.HTTP) != Protocol.TCP) {
      data.skipBytes(ProxyPreamble.headerLength(data));
    }
  }

  private void pass(Direction direction, ByteBuf data, long offset, PacketStamp stamp) {
    long base = offset - data.readerIndex();
    StreamHandler before = handler;
    before.onData(direction, data, offset, stamp);
    if (handler != before && data.isReadable()) {
      // An upgrade in the middle of a segment.
      handler.onData(direction, data, base + data.readerIndex(), stamp);
    }
  }

  /** HTTP/1 is looked for; its rival is looked for with it until one of the two is found. */
  private void reconsider(Direction direction, ByteBuf data) {
    switch (StartLine.ofSegment(data)) {
      case REQUEST, RESPONSE -> guessed = false;
      case HTTP2_PREFACE -> {
        startsSeen[direction.ordinal()] |= direction == Direction.CLIENT_TO_SERVER;
        beginHttp2();
      }
      case UNDECIDED, OTHER -> {
        if (!startsSeen[direction.ordinal()] && FrameProbe.findsFrames(data)) {
          beginHttp2();
        }
      }
    }
  }

  /** Whether the protocol is now known; if not, {@code data} is held. */
  private boolean decide(Direction direction, ByteBuf data, long offset, PacketStamp stamp) {
    if (connection.flow().declared().orElse(Protocol.HTTP) == Protocol.TCP) {
      handler = TcpSession.whole(connection, decoders::emit);
      return true;
    }
    noteHandshake();
    HeldPrefix prefix = prefixes[direction.ordinal()];
    if (prefix == null) {
      StartLine.Kind kind = judge(direction, data);
      if (kind != StartLine.Kind.UNDECIDED) {
        return choose(direction, kind, data);
      }
      prefix = new HeldPrefix();
      prefixes[direction.ordinal()] = prefix;
    }
    prefix.take(data, offset, stamp);
    StartLine.Kind kind = judge(direction, prefix.bytes());
    if (kind == StartLine.Kind.UNDECIDED && !prefix.isFull()) {
      return false;
    }
    prefix.giveBack(data);
    return choose(direction, kind, prefix.bytes());
  }

  private void noteHandshake() {
    for (Direction direction : DIRECTIONS) {
      startsSeen[direction.ordinal()] = connection.isFromStart(direction);
    }
  }

  private StartLine.Kind judge(Direction direction, ByteBuf data) {
    if (!startsSeen[direction.ordinal()]) {
      return StartLine.ofSegment(data);
    }
    return direction == Direction.CLIENT_TO_SERVER
        ? StartLine.ofStreamStart(data)
        : judgeServerStart(data);
  }

  /** A server may send its SETTINGS before it has read anything (RFC 9113, section 3.4). */
  private static StartLine.Kind judgeServerStart(ByteBuf data) {
    int from = data.readerIndex();
    if (data.getByte(from) == 0 && data.readableBytes() < FRAME_HEADER_LENGTH) {
      return StartLine.Kind.UNDECIDED;
    }
    if (data.readableBytes() >= FRAME_HEADER_LENGTH
        && data.getUnsignedMedium(from) % 6 == 0
        && data.getByte(from + 3) == SETTINGS_FRAME
        && data.getByte(from + 4) == 0
        && data.getInt(from + 5) == 0) {
      return StartLine.Kind.HTTP2_PREFACE;
    }
    StartLine.Kind kind = StartLine.ofStreamStart(data);
    return kind == StartLine.Kind.REQUEST ? StartLine.Kind.OTHER : kind;
  }

  private boolean choose(Direction direction, StartLine.Kind kind, ByteBuf data) {
    boolean startSeen = startsSeen[direction.ordinal()];
    if (kind == StartLine.Kind.HTTP2_PREFACE) {
      if (direction == Direction.CLIENT_TO_SERVER) {
        startsSeen[direction.ordinal()] = true;
      }
      beginHttp2();
    } else if (kind != StartLine.Kind.OTHER) {
      beginHttp1();
    } else if (!startSeen && (FrameProbe.findsFrames(data) || isDeclaredHttp2())) {
      beginHttp2();
    } else if (startSeen
        && direction == Direction.CLIENT_TO_SERVER
        && ProxyPreamble.isSocks(data)) {
      // What it asks for, and the answers, come before HTTP: it is looked for.
      startsSeen[0] = false;
      startsSeen[1] = false;
      guessed = true;
      beginHttp1();
    } else if (startSeen || StartLine.isTls(data)) {
      decoders.counters().countNotHttp();
      handler = IGNORED;
      connection.ignore();
    } else {
      guessed = true;
      beginHttp1();
    }
    return true;
  }

  private boolean isDeclaredHttp2() {
    return connection.flow().declared().orElse(Protocol.HTTP) == Protocol.HTTP2;
  }

  private void beginHttp1() {
    begin(decoders.http1().open(connection, startsSeen, this));
  }

  private void beginHttp2() {
    guessed = false;
    begin(decoders.http2().open(connection, startsSeen));
  }

  @Override
  public void upgradeToHttp2(Exchange upgrade) {
    handler = decoders.http2().openUpgraded(connection, upgrade);
  }

  @Override
  public void upgradeToWebSocket() {
    handler = new WebSocketConnection(connection, decoders::emit);
  }

  @Override
  public void upgradeToOther() {
    handler = TcpSession.following(connection, decoders::emit);
  }

  private void begin(StreamHandler chosen) {
    handler = chosen;
    for (Direction direction : Direction.values()) {
      HeldPrefix prefix = prefixes[direction.ordinal()];
      if (prefix != null && !prefix.isEmpty()) {
        pass(direction, prefix.bytes(), prefix.offset(), prefix.stamp());
      }
      prefixes[direction.ordinal()] = null;
    }
  }

  @Override
  public void onGap(
      Direction direction, long offset, long length, GapCause cause, PacketStamp stamp) {
    if (handler == null) {
      noteHandshake();
      beginAtGap(direction);
    }
    handler.onGap(direction, offset, length, cause, stamp);
  }

  @Override
  public boolean onSkipped(Direction direction, long offset, long length, PacketStamp stamp) {
    return handler != null && handler.onSkipped(direction, offset, length, stamp);
  }

  private void beginAtGap(Direction direction) {
    if (connection.flow().declared().orElse(Protocol.HTTP) == Protocol.TCP) {
      handler = TcpSession.whole(connection, decoders::emit);
    } else if (isDeclaredHttp2()) {
      beginHttp2();
    } else {
      guessed = true;
      beginHttp1();
    }
    // A handler that goes by the beginning has been told of it; a later choice must not.
    startsSeen[direction.ordinal()] = false;
  }

  @Override
  public void onRetransmission(Direction direction, long offset, int length) {
    if (handler != null) {
      handler.onRetransmission(direction, offset, length);
    }
  }

  @Override
  public void onOutOfOrder(Direction direction, long offset, int length) {
    if (handler != null) {
      handler.onOutOfOrder(direction, offset, length);
    }
  }

  @Override
  public void onEnd(Direction direction, PacketStamp stamp) {
    if (handler == null && prefixes[direction.ordinal()] != null) {
      beginHttp1();
    }
    if (handler != null) {
      handler.onEnd(direction, stamp);
    }
  }

  @Override
  public void onClose(CloseReason reason, long epochNanos) {
    if (handler == null) {
      beginHttp1();
    }
    handler.onClose(reason, epochNanos);
  }

  @Override
  public void tellOpen(ExchangeHandler to) {
    if (handler instanceof OpenExchanges open) {
      open.tellOpen(to);
    }
  }

  /** Of a connection that was given up, whatever may still be delivered. */
  private static final class IgnoredConnection implements StreamHandler {
    @Override
    public void onData(Direction direction, ByteBuf data, long offset, PacketStamp stamp) {}

    @Override
    public void onGap(
        Direction direction, long offset, long length, GapCause cause, PacketStamp stamp) {}

    @Override
    public void onEnd(Direction direction, PacketStamp stamp) {}

    @Override
    public void onClose(CloseReason reason, long epochNanos) {}
  }
}
