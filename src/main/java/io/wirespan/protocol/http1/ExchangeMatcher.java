// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import io.wirespan.protocol.ExchangeHandler;
import io.wirespan.protocol.Outcome;
import io.wirespan.tcp.CloseReason;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.PacketStamp;

/**
 * Matches a connection's responses to its requests and hands on each exchange once.
 *
 * <p>A response is delivered behind what its server had received (see {@link StreamHandler}): if
 * its request was not delivered, that is missing. While everything is seen, the k-th response
 * answers the k-th request. Once whole messages may be missing, counting proves nothing, and these
 * rules hold until request and response have met again:
 *
 * <ul>
 *   <li>a client that does not pipeline sends a request when it has all of the response before, so
 *       the response that begins at the offset that a request acknowledges is its answer;
 *   <li>a response cannot answer a request that was sent after it began;
 *   <li>a client that does not pipeline sends a request only when the one before is answered, so a
 *       response answers the last request before it, and older ones will not be answered;
 *   <li>for a client that pipelines, nothing can be told until the server has been quiet: responses
 *       count as {@link Outcome#NO_REQUEST} until then. A wrong pair is worse than an incomplete
 *       one.
 * </ul>
 */
final class ExchangeMatcher {
  private final Http1Protocol shared;
  private final Connection connection;

  /** Requests in order, each until its exchange has ended. */
  private final ExchangeQueue open = new ExchangeQueue();

  /** The exchange of the response in progress, or whose interim response was the last; or null. */
  private OpenExchange responding;

  /** Whether requests may have been missed since the last one. */
  private boolean requestsMissing;

  private final ClientPace pace;

  /** Whether all of both streams was seen so far. */
  private boolean lossless;

  /** Whether responses cannot be matched at present. */
  private boolean unanchored;

  private boolean firstExchangeOpened;

  /**
   * @param fromStart whether the client's stream is seen from its beginning
   */
  ExchangeMatcher(Http1Protocol shared, Connection connection, ClientPace pace, boolean fromStart) {
    this.shared = shared;
    this.connection = connection;
    this.pace = pace;
    this.requestsMissing = !fromStart;
    this.lossless = fromStart;
  }

  OpenMessage beginRequest(long offset, PacketStamp stamp) {
    long nanos = stamp.timestampEpochNanos();
    endDamagedResponse();
    if (unanchored && pace.isServerQuiet(nanos, shared.limits().quietNanos())) {
      unanchored = false;
    }
    pace.request(offset, stamp, requestsMissing);
    while (!pace.isPipelining() && open.isFirstUnanswerable(responding)) {
      // Its client has stopped waiting for its response.
      finish(open.first(), open.first().responseLoss());
    }
    OpenExchange exchange = create();
    if (!lossless && pace.hasPassedAnswer(stamp)) {
      exchange.loseResponse(Outcome.GAP);
    }
    exchange.setRequestsMissingBefore(requestsMissing);
    requestsMissing = false;
    if (open.size() >= shared.limits().pipelineDepth()) {
      evictOldest();
    }
    exchange.setQueued(true);
    open.add(exchange);
    exchange.request().begin(offset, stamp);
    pace.begun(exchange.request());
    return exchange.request();
  }

  private OpenExchange create() {
    OpenExchange exchange = new OpenExchange(!firstExchangeOpened);
    firstExchangeOpened = true;
    return exchange;
  }

  private void evictOldest() {
    OpenExchange oldest = open.get(open.first() == responding ? 1 : 0);
    shared.counters().countPipelineOverflow();
    finish(oldest, oldest.responseLossOr(Outcome.EVICTED));
    loseResponses(Outcome.GAP);
  }

  /** A request is whole or, if damaged, as whole as it will be. */
  void endRequest(OpenExchange exchange) {
    if (unanchored && !exchange.response().begun()) {
      finish(exchange, Outcome.GAP);
    } else {
      settle(exchange);
    }
  }

  /** What began as a request was none. */
  void dropRequest(OpenExchange exchange) {
    open.remove(exchange);
    exchange.setQueued(false);
    pace.dropped();
    loseRequests();
  }

  OpenMessage beginResponse(long offset, PacketStamp stamp) {
    endDamagedResponse();
    if (responding == null) {
      responding = match(offset, stamp);
    }
    responding.response().begin(offset, stamp);
    return responding.response();
  }

  private OpenExchange match(long offset, PacketStamp stamp) {
    long nanos = stamp.timestampEpochNanos();
    int exact = pace.isPipelining() ? ExchangeQueue.NONE : open.indexAcknowledging(offset);
    if (exact != ExchangeQueue.NONE && open.get(exact).request().isUnreceived(stamp)) {
      // What it answers was sent before and not seen: in a cut packet, for instance.
      pace.pipelines();
      exact = ExchangeQueue.NONE;
    }
    if (exact != ExchangeQueue.NONE) {
      return matchAfter(exact);
    }
    if (unanchored) {
      return createUnmatched();
    }
    if (open.isEmpty() || open.first().response().begun()) {
      return create();
    }
    OpenExchange oldest = open.first();
    if (!lossless && !pace.isPipelining() && oldest.request().hasAcknowledged()) {
      finishAnsweredBefore(offset);
      return create();
    }
    if (!oldest.requestsMissingBefore() && oldest.responseLoss() == Outcome.COMPLETE) {
      return oldest;
    }
    if (nanos < oldest.request().firstNanos()) {
      return createUnmatched();
    }
    int skipped = open.indexAnswerable(nanos);
    if (pace.isPipelining() && (skipped > 0 || oldest.requestsMissingBefore())) {
      loseAnchor();
      return createUnmatched();
    }
    if (open.get(skipped).responseLoss() != Outcome.COMPLETE && requestsMissingBehind(skipped)) {
      // Its own response may be missing, and this one may answer a request that is.
      return createUnmatched();
    }
    return matchAfter(skipped);
  }

  /** The request behind {@code skipped} others, which will not be answered any more. */
  private OpenExchange matchAfter(int skipped) {
    for (int i = skipped; i > 0; i--) {
      finish(open.first(), open.first().responseLossOr(Outcome.GAP));
    }
    OpenExchange exchange = open.first();
    exchange.setRequestsMissingBefore(false);
    exchange.loseResponse(Outcome.COMPLETE);
    unanchored = false;
    return exchange;
  }

  /** Of these the response was before {@code offset}, and was missed. */
  private void finishAnsweredBefore(long offset) {
    while (!open.isEmpty() && open.first().request().isAnsweredBefore(offset)) {
      finish(open.first(), open.first().responseLossOr(Outcome.GAP));
    }
  }

  private boolean requestsMissingBehind(int index) {
    return index + 1 < open.size() ? open.get(index + 1).requestsMissingBefore() : requestsMissing;
  }

  private OpenExchange createUnmatched() {
    OpenExchange exchange = create();
    exchange.fail(Outcome.NO_REQUEST);
    return exchange;
  }

  private void loseAnchor() {
    shared.counters().countAnchorLost();
    unanchored = true;
    open.failAll(Outcome.GAP);
    while (!open.isEmpty() && !open.first().request().inProgress()) {
      finish(open.first(), Outcome.GAP);
    }
  }

  void endResponse(OpenExchange exchange) {
    responding = null;
    if (exchange.queued()) {
      settle(exchange);
    } else {
      finish(exchange, Outcome.NO_REQUEST);
    }
  }

  /** What began as a response was none. */
  void dropResponse(OpenExchange exchange) {
    if (exchange.queued()) {
      exchange.fail(Outcome.PARSE_ERROR);
      exchange.response().damage();
      damageResponse(exchange);
    } else {
      responding = null;
      loseResponses(Outcome.GAP);
    }
  }

  /** Its end will be where the next message begins, unless the next may be anywhere. */
  void damageResponse(OpenExchange exchange) {
    loseResponses(exchange.outcome());
    if (pace.isPipelining()) {
      endDamagedResponse();
    }
  }

  private void endDamagedResponse() {
    OpenExchange exchange = responding;
    if (exchange == null || !exchange.response().damaged()) {
      return;
    }
    responding = null;
    if (exchange.queued()) {
      settle(exchange);
    } else {
      finish(exchange, Outcome.NO_REQUEST);
    }
  }

  /** Bytes of the server that belong to no message in progress. */
  void skipResponseBytes(PacketStamp stamp) {
    if (responding != null && responding.response().damaged()) {
      responding.response().touch(stamp);
    }
    loseResponses(Outcome.GAP);
  }

  /** Bytes of the client that belong to no message in progress. */
  void skipRequestBytes(PacketStamp stamp) {
    if (!open.isEmpty() && open.last().request().damaged() && !open.last().response().begun()) {
      open.last().request().touch(stamp);
    }
    loseRequests();
  }

  void loseRequests() {
    lossless = false;
    requestsMissing = true;
  }

  /** Responses to all that is unanswered may be missing from here on. */
  void loseResponses(Outcome cause) {
    lossless = false;
    if (responding != null && !responding.response().begun()) {
      // What comes next need not be the final response behind the interim one.
      OpenExchange interim = responding;
      responding = null;
      if (!interim.queued()) {
        finish(interim, Outcome.NO_REQUEST);
      }
    }
    open.loseResponses(cause, responding, pace.lossBound());
  }

  /** The server has sent its FIN. */
  void endResponses() {
    endDamagedResponse();
    int index = 0;
    while (index < open.size()) {
      OpenExchange exchange = open.get(index);
      if (exchange.response().begun() || exchange.request().inProgress()) {
        index++;
      } else {
        finish(exchange, exchange.causeAtClose(CloseReason.FINISHED));
      }
    }
  }

  /** The rest of the connection is not HTTP: {@code last} was its last exchange. */
  void endAll(OpenExchange last) {
    responding = null;
    finish(last, last.method().isEmpty() ? Outcome.NO_REQUEST : Outcome.COMPLETE);
    closeAll(CloseReason.FINISHED);
  }

  void closeAll(CloseReason reason) {
    while (!open.isEmpty()) {
      finish(open.first(), open.first().causeAtClose(reason));
    }
    if (responding != null) {
      finish(responding, responding.causeAtClose(reason));
    }
  }

  /** Finishes an exchange of which no more can come. */
  private void settle(OpenExchange exchange) {
    OpenMessage request = exchange.request();
    OpenMessage response = exchange.response();
    boolean responseOver = response.ended() || response.damaged() && exchange != responding;
    if (responseOver && (request.ended() || request.damaged())) {
      finish(exchange, Outcome.COMPLETE);
    }
  }

  private void finish(OpenExchange exchange, Outcome cause) {
    exchange.fail(cause);
    if (exchange.queued()) {
      open.remove(exchange);
      exchange.setQueued(false);
    }
    if (exchange == responding) {
      responding = null;
    }
    if (exchange.reportable()) {
      shared.emit(exchange.build(connection));
    } else {
      shared.counters().countHeadUnreadable();
    }
  }

  /** Forgets what is open: it was not HTTP. */
  void discard() {
    open.clear();
    responding = null;
  }

  void tellOpen(ExchangeHandler to) {
    open.tell(connection, to);
  }

  boolean hasOpen() {
    return !open.isEmpty() || responding != null;
  }

  /** Whether the last request was a CONNECT, behind which anything may come. */
  boolean mayBecomeTunnel() {
    return !open.isEmpty() && open.last().method().equals("CONNECT");
  }

  /** Counts a segment that was repeated, or early, for the message that its offset lies in. */
  void countRequestSegment(long offset, boolean repeated) {
    open.countRequestSegment(offset, repeated);
  }

  void countResponseSegment(long offset, boolean repeated) {
    if (responding != null) {
      responding.response().countSegment(offset, repeated);
    } else if (!open.isEmpty()) {
      open.first().response().countSegment(offset, repeated);
    }
  }
}
