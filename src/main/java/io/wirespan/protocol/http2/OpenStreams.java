// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.ExchangeHandler;
import io.wirespan.protocol.Outcome;
import io.wirespan.tcp.CloseReason;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.Direction;
import java.util.concurrent.TimeUnit;

/** The exchanges of a connection that are open, and when they end. */
final class OpenStreams {
  /** Streams that were cut short, of which late frames may still come. */
  private static final int REMEMBERED = 128;

  /** Silence after which a stream whose end may have been missed is taken to have ended. */
  private static final long DOUBT_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final Http2Protocol shared;
  private final Connection connection;
  private final StreamTable table = new StreamTable();

  private int highestRequested;
  private boolean firstOpened;

  /** Streams without a request, whose response came first or all alone. */
  private int requestless;

  /** Whether there are streams whose end may have been missed, and when they were looked for. */
  private boolean doubtful;

  private long sweptNanos;

  /** Null until a stream is reset. */
  private int[] ended;

  private int endedNext;

  OpenStreams(Http2Protocol shared, Connection connection) {
    this.shared = shared;
    this.connection = connection;
  }

  StreamTable table() {
    return table;
  }

  /** Null if it is not open. */
  OpenStream get(int id) {
    return table.get(id);
  }

  /** The highest stream that the client is known to have opened. */
  int highestRequested() {
    return highestRequested;
  }

  OpenStream open(int id) {
    if (table.size() >= shared.limits().pipelineDepth()) {
      shared.counters().countPipelineOverflow();
      evictOldest();
    }
    OpenStream stream = new OpenStream(connection, id, !firstOpened);
    firstOpened = true;
    table.add(stream);
    requestless++;
    return stream;
  }

  private void evictOldest() {
    OpenStream oldest = table.oldest();
    rememberEnded(oldest.id());
    finish(oldest, Outcome.EVICTED);
  }

  void openUpgraded(Exchange upgrade) {
    OpenStream stream = open(1);
    stream.takeUpgrade(upgrade);
    if (!upgrade.request().seen()) {
      stream.fail(Outcome.NO_REQUEST);
    }
    requestless--;
    highestRequested = 1;
  }

  /** Accounts for what a stream keeps, now that its request is known. */
  void hold(OpenStream stream) {
    requestless--;
    while (!shared.hold(stream.keptLength())) {
      boolean last = table.oldest() == stream;
      if (last) {
        // All the memory is in use elsewhere.
        stream.dropText();
        stream.fail(Outcome.EVICTED);
        shared.counters().countHeadBufferRefusal();
        return;
      }
      shared.counters().countHeadBufferRefusal();
      evictOldest();
    }
    stream.setHeld();
  }

  /** The client has opened a stream: what is older and has no request will not get one. */
  void requested(int id, long nanos) {
    highestRequested = id;
    if (requestless > 0) {
      finishRequestless(id);
    }
    if (doubtful && nanos - sweptNanos > DOUBT_NANOS / 8) {
      sweptNanos = nanos;
      finishSilent(nanos - DOUBT_NANOS);
    }
  }

  private void finishRequestless(int below) {
    OpenStream next;
    for (OpenStream stream = table.oldest(); stream != null; stream = next) {
      next = stream.newer;
      if (!stream.request().headSeen() && stream.response().ended() && stream.id() < below) {
        finish(stream, Outcome.NO_REQUEST);
      }
    }
  }

  private void finishSilent(long beforeNanos) {
    OpenStream next;
    doubtful = false;
    for (OpenStream stream = table.oldest(); stream != null; stream = next) {
      next = stream.newer;
      if (stream.doubtful() && stream.lastNanos() < beforeNanos) {
        rememberEnded(stream.id());
        finish(stream, stream.causeAtClose(CloseReason.IDLE));
      } else {
        doubtful |= stream.doubtful();
      }
    }
  }

  /** Finishes a stream of which no more can come. */
  void settle(OpenStream stream) {
    if (!stream.response().ended()) {
      return;
    }
    boolean requestOver = stream.request().ended();
    if (!stream.request().headSeen() && stream.id() <= highestRequested) {
      rememberEnded(stream.id());
      finish(stream, Outcome.NO_REQUEST);
    } else if (requestOver) {
      finish(stream, Outcome.COMPLETE);
    }
  }

  /** An extended CONNECT was granted: its exchange is over, and its stream is a WebSocket. */
  void upgrade(OpenStream stream) {
    if (stream.isHeld()) {
      shared.release(stream.keptLength());
    }
    shared.emit(stream.build(connection));
    stream.becomeWebSocket(connection);
  }

  /** The server has sent its FIN. */
  void endResponses(long epochNanos) {
    OpenStream next;
    for (OpenStream stream = table.oldest(); stream != null; stream = next) {
      next = stream.newer;
      if (!stream.response().ended()) {
        stream.cut(epochNanos);
        finish(stream, stream.causeAtClose(CloseReason.FINISHED));
      }
    }
  }

  void closeAll(CloseReason reason, long epochNanos) {
    boolean endSeen = reason == CloseReason.FINISHED || reason == CloseReason.RESET;
    while (table.oldest() != null) {
      OpenStream stream = table.oldest();
      if (endSeen) {
        stream.cut(epochNanos);
      }
      finish(stream, stream.causeAtClose(reason));
    }
  }

  void finishAll(Outcome cause) {
    while (table.oldest() != null) {
      finish(table.oldest(), cause);
    }
  }

  /** The server will not answer what the client opened after {@code lastId}. */
  void refuse(int lastId) {
    OpenStream next;
    for (OpenStream stream = table.oldest(); stream != null; stream = next) {
      next = stream.newer;
      if ((stream.id() & 1) == 1 && stream.id() > lastId && !stream.answered()) {
        rememberEnded(stream.id());
        finish(stream, Outcome.NO_RESPONSE);
      }
    }
  }

  /** Frames of one direction are missing: any message that was open there may have been cut. */
  void damage(Direction direction, long length, Outcome cause) {
    int concerned = 0;
    OpenStream last = null;
    for (OpenStream stream = table.oldest(); stream != null; stream = stream.newer) {
      StreamMessage message = stream.message(direction);
      if (!message.ended()) {
        message.losePlace();
        stream.fail(cause);
        doubt(stream, cause);
        last = stream;
        concerned++;
      }
    }
    if (concerned == 1) {
      last.addGap(length);
    }
  }

  /** The end of an open stream may have been missed. */
  void doubt(OpenStream stream, Outcome cause) {
    stream.doubt(cause);
    doubtful = true;
  }

  void finish(OpenStream stream, Outcome cause) {
    stream.fail(stream.request().headSeen() ? cause : Outcome.NO_REQUEST);
    if (!stream.request().headSeen()) {
      requestless--;
    }
    if (stream.isHeld()) {
      shared.release(stream.keptLength());
    }
    table.remove(stream);
    if (stream.reportable()) {
      shared.emit(stream.build(connection));
    } else {
      shared.counters().countHeadUnreadable();
    }
  }

  /** Late frames of this stream mean nothing. */
  void rememberEnded(int id) {
    if (ended == null) {
      ended = new int[REMEMBERED];
    }
    ended[endedNext++ & REMEMBERED - 1] = id;
  }

  boolean hasEnded(int id) {
    if (ended != null) {
      for (int each : ended) {
        if (each == id) {
          return true;
        }
      }
    }
    return false;
  }

  /** Tells each as it is now. */
  void tellOpen(ExchangeHandler to) {
    for (OpenStream stream = table.oldest(); stream != null; stream = stream.newer) {
      if (stream.reportable()) {
        to.onExchange(stream.build(connection).stillOpen());
      }
    }
  }

  void countSegment(Direction direction, long offset, boolean repeated) {
    for (OpenStream stream = table.oldest(); stream != null; stream = stream.newer) {
      stream.message(direction).countSegment(offset, repeated);
    }
  }
}
