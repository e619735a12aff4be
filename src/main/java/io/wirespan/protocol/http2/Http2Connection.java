// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import io.netty.buffer.ByteBuf;
import io.wirespan.protocol.Detail;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.ExchangeHandler;
import io.wirespan.protocol.OpenExchanges;
import io.wirespan.protocol.Outcome;
import io.wirespan.tcp.CloseReason;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.Direction;
import io.wirespan.tcp.GapCause;
import io.wirespan.tcp.PacketStamp;
import io.wirespan.tcp.StreamHandler;

/**
 * Follows one connection: puts the messages of its two sides together by stream, whichever side is
 * delivered first, and hands on each exchange once, when both of its messages have ended, its
 * stream was reset, or no more can come.
 */
final class Http2Connection implements StreamHandler, OpenExchanges {
  private final Http2Protocol shared;
  private final Connection connection;
  private final OpenStreams streams;
  private Http2Side client;
  private Http2Side server;

  private boolean framesSeen;
  private boolean parseErrorCounted;
  private boolean ignored;
  private int searchedSegments;
  private long searchedBytes;
  private long nowNanos;

  Http2Connection(Http2Protocol shared, Connection connection) {
    this.shared = shared;
    this.connection = connection;
    this.streams = new OpenStreams(shared, connection);
  }

  /** Once for each direction, before all else. */
  void begin(Direction direction, boolean startSeen) {
    Outcome loss = startSeen ? Outcome.COMPLETE : Outcome.JOINED;
    Http2Side side = new Http2Side(shared, this, direction, loss);
    if (direction == Direction.CLIENT_TO_SERVER) {
      client = side;
    } else {
      server = side;
    }
  }

  void takeUpgrade(Exchange upgrade) {
    streams.openUpgraded(upgrade);
  }

  private Http2Side side(Direction direction) {
    return direction == Direction.CLIENT_TO_SERVER ? client : server;
  }

  Http2Side other(Direction direction) {
    return direction == Direction.CLIENT_TO_SERVER ? server : client;
  }

  @Override
  public void onData(Direction direction, ByteBuf data, long offset, PacketStamp stamp) {
    if (!ignored) {
      nowNanos = Math.max(nowNanos, stamp.timestampEpochNanos());
      side(direction).data(data, offset, stamp);
    }
  }

  @Override
  public void onGap(
      Direction direction, long offset, long length, GapCause cause, PacketStamp stamp) {
    if (!ignored) {
      side(direction).gap(length, cause, stamp);
    }
  }

  /** Bytes that were late hold up all messages that go on behind them. */
  @Override
  public void onRetransmission(Direction direction, long offset, int length) {
    streams.countSegment(direction, offset, true);
  }

  @Override
  public void onOutOfOrder(Direction direction, long offset, int length) {
    streams.countSegment(direction, offset, false);
  }

  @Override
  public void onEnd(Direction direction, PacketStamp stamp) {
    if (ignored) {
      return;
    }
    side(direction).stop(Outcome.ABORTED);
    if (direction == Direction.SERVER_TO_CLIENT) {
      streams.endResponses(stamp.timestampEpochNanos());
    }
  }

  @Override
  public void onClose(CloseReason reason, long epochNanos) {
    if (!ignored) {
      Outcome cause = OpenStream.causeInMessage(reason);
      client.stop(cause);
      server.stop(cause);
      streams.closeAll(reason, epochNanos);
    }
  }

  @Override
  public void tellOpen(ExchangeHandler to) {
    streams.tellOpen(to);
  }

  // What the sides tell.

  void frameSeen() {
    framesSeen = true;
  }

  /** The stream that content is of; null if its exchange has ended. */
  OpenStream streamOfData(Direction direction, int id) {
    OpenStream stream = streams.get(id);
    if (stream != null || !side(direction).lossy() || !mayBeOpen(id)) {
      return stream;
    }
    return streams.open(id);
  }

  /** Whether a stream that is not known may be one whose beginning was not seen. */
  private boolean mayBeOpen(int id) {
    if ((id & 1) == 0) {
      return server.lossy() && !streams.hasEnded(id);
    }
    return id > streams.highestRequested() || client.lossy() && !streams.hasEnded(id);
  }

  /** A block of header fields has been read into {@code fields}. */
  void block(Http2Side side, Direction direction, HeaderBlock block, BlockFields fields) {
    if (block.promisedId() != 0) {
      promise(side, block, fields);
    } else if (direction == Direction.CLIENT_TO_SERVER) {
      requestBlock(block, fields);
    } else {
      responseBlock(block, fields);
    }
  }

  private void promise(Http2Side side, HeaderBlock block, BlockFields fields) {
    if (streams.get(block.promisedId()) == null) {
      OpenStream stream = streams.open(block.promisedId());
      stream.request().addBlock(block);
      takeRequest(stream, block, fields, side.loss());
      stream.request().end();
    }
  }

  private void requestBlock(HeaderBlock block, BlockFields fields) {
    int id = block.streamId();
    OpenStream stream = streams.get(id);
    boolean first = (id & 1) == 1 && id > streams.highestRequested();
    if (stream == null) {
      if (!first && !(client.lossy() && fields.hasRequestFields() && mayBeOpen(id))) {
        return;
      }
      stream = streams.open(id);
    }
    stream.request().addBlock(block);
    if (!stream.request().headSeen() && (first || fields.hasRequestFields())) {
      takeRequest(stream, block, fields, client.loss());
    }
    if (first) {
      if (!server.framesSeen() && server.lossy()) {
        // Its response may have gone before the server's first frame that we see.
        streams.doubt(stream, server.loss());
      }
      streams.requested(id, nowNanos);
    }
    if (block.endsStream()) {
      endMessage(stream, Direction.CLIENT_TO_SERVER);
    }
  }

  private void takeRequest(OpenStream stream, HeaderBlock block, BlockFields fields, Outcome loss) {
    stream.takeRequest(fields);
    if (block.damage() != Outcome.COMPLETE) {
      stream.fail(block.damage());
    } else if (!stream.namesRequest() && fields.hasUnknown()) {
      stream.fail(loss);
    } else if (fields.method().isEmpty()) {
      stream.fail(Outcome.PARSE_ERROR);
    }
    streams.hold(stream);
  }

  private void responseBlock(HeaderBlock block, BlockFields fields) {
    int id = block.streamId();
    OpenStream stream = streams.get(id);
    if (stream == null) {
      if (!mayBeOpen(id)) {
        return;
      }
      stream = streams.open(id);
    }
    stream.response().addBlock(block);
    if (stream.response().headSeen() || isTrailers(stream, block, fields)) {
      stream.takeGrpc(fields);
      failIfDamaged(stream, block);
    } else if (fields.status() >= 100 && fields.status() < 200 && !block.endsStream()) {
      stream.takeInterim(fields.status());
    } else {
      takeResponse(stream, block, fields);
      if (stream.acceptsWebSocket() && !block.endsStream()) {
        streams.upgrade(stream);
      }
    }
    if (block.endsStream()) {
      if (stream.lacksGrpcStatus() && fields.hasUnknown()) {
        stream.fail(server.loss());
      }
      endMessage(stream, Direction.SERVER_TO_CLIENT);
    }
  }

  /** Of a response whose head was not seen. */
  private boolean isTrailers(OpenStream stream, HeaderBlock block, BlockFields fields) {
    return server.lossy()
        && !fields.hasStatusField()
        && block.endsStream()
        && (stream.response().bodyBytes() > 0 || !fields.hasUnknown());
  }

  private void takeResponse(OpenStream stream, HeaderBlock block, BlockFields fields) {
    stream.takeResponse(fields);
    failIfDamaged(stream, block);
    if (fields.status() == 0) {
      stream.fail(fields.hasUnknown() ? server.loss() : Outcome.PARSE_ERROR);
    }
  }

  private static void failIfDamaged(OpenStream stream, HeaderBlock block) {
    if (block.damage() != Outcome.COMPLETE) {
      stream.fail(block.damage());
    }
  }

  void endMessage(OpenStream stream, Direction direction) {
    stream.message(direction).end();
    if (direction == Direction.SERVER_TO_CLIENT && !stream.response().headSeen()) {
      stream.fail(server.lossy() ? server.loss() : Outcome.PARSE_ERROR);
    }
    streams.settle(stream);
  }

  /**
   * @param code {@link Detail#UNKNOWN} if it is not
   */
  void reset(int id, int code, long epochNanos) {
    OpenStream stream = streams.get(id);
    if (stream == null) {
      return;
    }
    // RFC 9113, section 8.1: a server may have answered and want no more of the request.
    boolean answered = stream.response().ended();
    if (!answered) {
      stream.takeReset(code, epochNanos);
    }
    streams.finish(stream, answered ? Outcome.COMPLETE : Outcome.RESET);
    streams.rememberEnded(id);
  }

  /** The sender will not look at streams of the other side beyond {@code lastId}. */
  void goAway(Direction direction, int lastId) {
    if (direction == Direction.SERVER_TO_CLIENT) {
      streams.refuse(lastId);
    }
  }

  /** Whole frames may be missing. */
  void lost(Direction direction, long length, Outcome cause) {
    streams.damage(direction, length, cause);
  }

  void malformed(Direction direction) {
    if (!framesSeen && direction == Direction.CLIENT_TO_SERVER) {
      shared.counters().countNotHttp();
    } else {
      countParseError();
    }
    giveUp(Outcome.PARSE_ERROR);
  }

  void countParseError() {
    if (!parseErrorCounted) {
      parseErrorCounted = true;
      shared.counters().countParseError();
    }
  }

  boolean findsDataOf(ByteBuf data) {
    return FrameProbe.findsDataOf(data, streams.table());
  }

  void searched(int length) {
    searchedBytes += length;
    searchedSegments++;
    if (!framesSeen
        && searchedSegments >= shared.limits().searchSegments()
        && searchedBytes >= shared.limits().searchBytes()) {
      shared.counters().countNotHttp();
      giveUp(Outcome.JOINED);
    }
  }

  private void giveUp(Outcome cause) {
    ignored = true;
    client.stop(cause);
    server.stop(cause);
    streams.finishAll(cause);
    connection.ignore();
  }
}
