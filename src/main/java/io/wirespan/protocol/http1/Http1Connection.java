// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import io.netty.buffer.ByteBuf;
import io.wirespan.protocol.ExchangeHandler;
import io.wirespan.protocol.OpenExchanges;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.ProtocolLimits;
import io.wirespan.protocol.StartLine;
import io.wirespan.protocol.UpgradeHandler;
import io.wirespan.tcp.CloseReason;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.Direction;
import io.wirespan.tcp.GapCause;
import io.wirespan.tcp.PacketStamp;
import io.wirespan.tcp.StreamHandler;

/** Follows one connection: a decoder for each direction, and the matcher between them. */
final class Http1Connection implements StreamHandler, OpenExchanges {
  private final Http1Protocol shared;
  private final Connection connection;
  private final UpgradeHandler upgradeHandler;
  private final ClientPace pace;
  private final ExchangeMatcher matcher;
  private final Http1Decoder requests;
  private final Http1Decoder responses;
  private final boolean[] startsSeen;
  private final int[] earlySegments = new int[2];
  private final int[] repeatedSegments = new int[2];

  private boolean httpSeen;
  private boolean parseErrorCounted;
  private int searchedSegments;
  private long searchedBytes;
  private boolean ignored;

  Http1Connection(
      Http1Protocol shared,
      Connection connection,
      UpgradeHandler upgradeHandler,
      boolean clientStart,
      boolean serverStart) {
    this.shared = shared;
    this.connection = connection;
    this.upgradeHandler = upgradeHandler;
    this.startsSeen = new boolean[] {clientStart, serverStart};
    this.pace = new ClientPace(clientStart);
    this.matcher = new ExchangeMatcher(shared, connection, pace, clientStart);
    this.requests =
        new Http1Decoder(shared, StartLine.Kind.REQUEST, new RequestSide(), clientStart);
    this.responses =
        new Http1Decoder(shared, StartLine.Kind.RESPONSE, new ResponseSide(), serverStart);
  }

  @Override
  public void onData(Direction direction, ByteBuf data, long offset, PacketStamp stamp) {
    if (ignored) {
      return;
    }
    if (!httpSeen && !startsSeen[direction.ordinal()] && StartLine.isTls(data)) {
      giveUp();
      return;
    }
    if (!pace.isPipelining()) {
      // Who speaks has read what the other said, and answers, or goes on with the next message.
      other(direction).expectMessageAt(stamp.acknowledgedOffset());
    }
    decoder(direction).data(data, offset, stamp);
    if (direction == Direction.SERVER_TO_CLIENT) {
      pace.serverSpoke(stamp.timestampEpochNanos());
      pace.serverReached(responses.position());
    }
  }

  @Override
  public void onGap(
      Direction direction, long offset, long length, GapCause cause, PacketStamp stamp) {
    startsSeen[direction.ordinal()] &= httpSeen;
    if (direction == Direction.SERVER_TO_CLIENT) {
      pace.serverReached(offset + length);
    }
    decoder(direction).gap(offset, length, cause, stamp);
  }

  @Override
  public boolean onSkipped(Direction direction, long offset, long length, PacketStamp stamp) {
    if (direction == Direction.SERVER_TO_CLIENT) {
      pace.serverSpoke(stamp.timestampEpochNanos());
      pace.serverReached(offset + length);
    }
    return decoder(direction).skipped(offset, length, stamp);
  }

  @Override
  public void onRetransmission(Direction direction, long offset, int length) {
    onSegment(direction, offset, true);
  }

  @Override
  public void onOutOfOrder(Direction direction, long offset, int length) {
    onSegment(direction, offset, false);
  }

  private void onSegment(Direction direction, long offset, boolean repeated) {
    Http1Decoder decoder = decoder(direction);
    if (offset < decoder.position() || decoder.mayBelongToMessage(offset)) {
      if (direction == Direction.CLIENT_TO_SERVER) {
        matcher.countRequestSegment(offset, repeated);
      } else {
        matcher.countResponseSegment(offset, repeated);
      }
    } else {
      // Of a message that has not begun.
      (repeated ? repeatedSegments : earlySegments)[direction.ordinal()]++;
    }
  }

  private OpenMessage countSegments(Direction direction, OpenMessage message) {
    int at = direction.ordinal();
    message.countSegments(repeatedSegments[at], earlySegments[at]);
    repeatedSegments[at] = 0;
    earlySegments[at] = 0;
    return message;
  }

  @Override
  public void onEnd(Direction direction, PacketStamp stamp) {
    if (ignored) {
      return;
    }
    decoder(direction).end();
    if (direction == Direction.SERVER_TO_CLIENT) {
      matcher.endResponses();
    }
  }

  @Override
  public void onClose(CloseReason reason, long epochNanos) {
    requests.close();
    responses.close();
    matcher.closeAll(reason);
  }

  private Http1Decoder decoder(Direction direction) {
    return direction == Direction.CLIENT_TO_SERVER ? requests : responses;
  }

  private Http1Decoder other(Direction direction) {
    return direction == Direction.CLIENT_TO_SERVER ? responses : requests;
  }

  private void headSeen() {
    httpSeen = true;
    searchedSegments = 0;
    searchedBytes = 0;
  }

  private void garbage(Direction direction) {
    if (httpSeen) {
      countParseError();
    } else if (startsSeen[direction.ordinal()]) {
      giveUp();
    }
  }

  private void countParseError() {
    if (!parseErrorCounted) {
      parseErrorCounted = true;
      shared.counters().countParseError();
    }
  }

  private void searched(int length) {
    searchedBytes += length;
    searchedSegments++;
    ProtocolLimits limits = shared.limits();
    if (!matcher.hasOpen()
        && searchedSegments >= limits.searchSegments()
        && searchedBytes >= limits.searchBytes()) {
      giveUp();
    }
  }

  private void giveUp() {
    if (httpSeen) {
      countParseError();
    } else {
      shared.counters().countNotHttp();
      matcher.discard();
    }
    stop();
    connection.ignore();
  }

  private void stop() {
    ignored = true;
    requests.stop();
    responses.stop();
  }

  /** The request goes on as stream 1 of HTTP/2: its exchange ends there. */
  private void upgradeToHttp2(OpenExchange exchange) {
    matcher.dropRequest(exchange);
    matcher.dropResponse(exchange);
    matcher.closeAll(CloseReason.FINISHED);
    stop();
    upgradeHandler.upgradeToHttp2(exchange.build(connection));
  }

  @Override
  public void tellOpen(ExchangeHandler to) {
    matcher.tellOpen(to);
  }

  private final class RequestSide implements MessageSink {
    @Override
    public OpenMessage begin(long offset, PacketStamp stamp) {
      if (!pace.isPipelining()) {
        responses.endUnrequested(stamp.acknowledgedOffset());
      }
      return countSegments(Direction.CLIENT_TO_SERVER, matcher.beginRequest(offset, stamp));
    }

    @Override
    public BodyFraming head(OpenMessage message, HeadParser head) {
      headSeen();
      message.exchange().takeRequest(head);
      return BodyFraming.ofRequest(head.fields());
    }

    @Override
    public void partOfHead(OpenMessage message, HeadParser head) {
      headSeen();
      message.exchange().takeRequest(head);
    }

    @Override
    public void end(OpenMessage message) {
      matcher.endRequest(message.exchange());
    }

    @Override
    public void damaged(OpenMessage message, Outcome cause) {
      message.exchange().fail(cause);
      if (cause == Outcome.PARSE_ERROR) {
        countParseError();
      }
      matcher.endRequest(message.exchange());
      matcher.loseRequests();
    }

    @Override
    public void garbage(OpenMessage message) {
      matcher.dropRequest(message.exchange());
      if (!matcher.mayBecomeTunnel()) {
        Http1Connection.this.garbage(Direction.CLIENT_TO_SERVER);
      }
    }

    @Override
    public void lost(Outcome cause) {
      matcher.loseRequests();
    }

    @Override
    public void skipped(int length, PacketStamp stamp) {
      matcher.skipRequestBytes(stamp);
      searched(length);
    }

    @Override
    public boolean contentOptional(OpenMessage message) {
      OpenExchange exchange = message.exchange();
      return exchange.contentOptional() && exchange.status() != 0;
    }

    @Override
    public void skippable(long endOffset, boolean more) {
      connection.skip(Direction.CLIENT_TO_SERVER, endOffset, more);
    }

    @Override
    public void tunnel(OpenMessage message) {
      throw new IllegalStateException("method=" + message.exchange().method());
    }
  }

  private final class ResponseSide implements MessageSink {
    private boolean toHttp2;
    private boolean toWebSocket;

    @Override
    public OpenMessage begin(long offset, PacketStamp stamp) {
      return countSegments(Direction.SERVER_TO_CLIENT, matcher.beginResponse(offset, stamp));
    }

    @Override
    public BodyFraming head(OpenMessage message, HeadParser head) {
      headSeen();
      OpenExchange exchange = message.exchange();
      BodyFraming framing = BodyFraming.ofResponse(head, exchange.method());
      if (framing == BodyFraming.INTERIM) {
        exchange.takeInterim(head.status());
      } else {
        exchange.takeResponse(head);
      }
      if (framing == BodyFraming.TUNNEL) {
        toHttp2 = head.status() == 101 && head.fields().upgradeToHttp2();
        toWebSocket = head.status() == 101 && head.fields().upgradeToWebSocket();
      }
      return framing;
    }

    @Override
    public void partOfHead(OpenMessage message, HeadParser head) {
      headSeen();
      if (head.status() >= 200) {
        message.exchange().takeResponse(head);
      }
    }

    @Override
    public void end(OpenMessage message) {
      matcher.endResponse(message.exchange());
    }

    @Override
    public void damaged(OpenMessage message, Outcome cause) {
      message.exchange().fail(cause);
      if (cause == Outcome.PARSE_ERROR) {
        countParseError();
      }
      matcher.damageResponse(message.exchange());
    }

    @Override
    public void garbage(OpenMessage message) {
      matcher.dropResponse(message.exchange());
      Http1Connection.this.garbage(Direction.SERVER_TO_CLIENT);
    }

    @Override
    public void lost(Outcome cause) {
      matcher.loseResponses(cause);
    }

    @Override
    public void skipped(int length, PacketStamp stamp) {
      matcher.skipResponseBytes(stamp);
      searched(length);
    }

    @Override
    public boolean contentOptional(OpenMessage message) {
      return message.exchange().method().isEmpty();
    }

    @Override
    public void skippable(long endOffset, boolean more) {
      connection.skip(Direction.SERVER_TO_CLIENT, endOffset, more);
    }

    @Override
    public void tunnel(OpenMessage message) {
      if (toHttp2) {
        upgradeToHttp2(message.exchange());
        return;
      }
      matcher.endAll(message.exchange());
      stop();
      if (toWebSocket) {
        upgradeHandler.upgradeToWebSocket();
      } else {
        upgradeHandler.upgradeToOther();
      }
    }
  }
}
