// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import static io.wirespan.tcp.Direction.CLIENT_TO_SERVER;
import static io.wirespan.tcp.Direction.SERVER_TO_CLIENT;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Headers;
import io.wirespan.protocol.Interim;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.Request;
import io.wirespan.protocol.Response;
import io.wirespan.protocol.Timing;
import io.wirespan.tcp.CloseReason;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.PacketStamp;
import java.util.List;

/** An exchange while its messages are being read. */
final class OpenExchange {
  private final OpenMessage request = new OpenMessage(this, CLIENT_TO_SERVER);
  private final OpenMessage response = new OpenMessage(this, SERVER_TO_CLIENT);
  private final boolean firstOfConnection;

  private String method = "";
  private String target = "";
  private String host = "";
  private Headers requestHeaders = Headers.EMPTY;
  private boolean expectContinue;
  private int status;
  private String reason = "";
  private Headers responseHeaders = Headers.EMPTY;
  private int minorVersion = 1;
  private List<Interim> interims = List.of();

  private boolean started;
  private long gapBytes;
  private Outcome outcome = Outcome.COMPLETE;

  private boolean queued;
  private boolean requestsMissingBefore;
  private Outcome responseLoss = Outcome.COMPLETE;

  OpenExchange(boolean firstOfConnection) {
    this.firstOfConnection = firstOfConnection;
  }

  OpenMessage request() {
    return request;
  }

  OpenMessage response() {
    return response;
  }

  void takeRequest(HeadParser head) {
    method = head.method();
    target = head.target();
    host = head.host();
    requestHeaders = head.fields().headers();
    expectContinue = head.fields().expectContinue();
    minorVersion = head.minorVersion();
  }

  void takeResponse(HeadParser head) {
    status = head.status();
    reason = head.reason();
    responseHeaders = head.fields().headers();
    if (method.isEmpty()) {
      minorVersion = head.minorVersion();
    }
  }

  /** What began as its response is an interim one (RFC 9110, section 15.2). */
  void takeInterim(int status) {
    interims = Interim.append(interims, status, response.firstNanos());
    response.retract();
  }

  /** One of its messages begins: both directions are counted from the earlier of the two on. */
  void starts(PacketStamp stamp) {
    request.countFrom(stamp, started);
    response.countFrom(stamp, started);
    started = true;
  }

  void reaches(PacketStamp stamp) {
    request.countThrough(stamp);
    response.countThrough(stamp);
  }

  void addGap(long length) {
    gapBytes += length;
  }

  /** Something went wrong; the first cause stands. */
  void fail(Outcome cause) {
    if (outcome == Outcome.COMPLETE) {
      outcome = cause;
    }
  }

  Outcome outcome() {
    return outcome;
  }

  /** Whether it is in the queue of requests. */
  boolean queued() {
    return queued;
  }

  void setQueued(boolean queued) {
    this.queued = queued;
  }

  /** Requests may have been missed before its own, which makes counting unsound. */
  void setRequestsMissingBefore(boolean missing) {
    requestsMissingBefore = missing;
  }

  boolean requestsMissingBefore() {
    return requestsMissingBefore;
  }

  /** Bytes that may have held its response are missing. */
  void loseResponse(Outcome cause) {
    responseLoss = cause;
  }

  /** Why its response may be missing; {@link Outcome#COMPLETE} if it cannot be. */
  Outcome responseLoss() {
    return responseLoss;
  }

  String method() {
    return method;
  }

  int status() {
    return status;
  }

  /** Why its response is missing; {@code otherwise} if it is not known to be. */
  Outcome responseLossOr(Outcome otherwise) {
    return responseLoss == Outcome.COMPLETE ? otherwise : responseLoss;
  }

  /** The client announced content that it sends only when asked to (RFC 9110, section 10.1.1). */
  boolean contentOptional() {
    return expectContinue && interims.isEmpty() && request.bodyBytes() == 0;
  }

  /** What it lacks if its connection ends like this now. */
  Outcome causeAtClose(CloseReason reason) {
    if (method.isEmpty() && status != 0) {
      return Outcome.NO_REQUEST;
    }
    if (response.ended() && contentOptional()) {
      return Outcome.COMPLETE;
    }
    if (!response.begun() && responseLoss != Outcome.COMPLETE) {
      return responseLoss;
    }
    return switch (reason) {
      case RESET -> Outcome.RESET;
      case IDLE, EVICTED -> Outcome.EVICTED;
      case SHUTDOWN -> Outcome.STILL_OPEN;
      case FINISHED, REUSED ->
          response.begun() || !request.ended() ? Outcome.ABORTED : Outcome.NO_RESPONSE;
    };
  }

  /** Whether enough of it is known to report it. */
  boolean reportable() {
    return !method.isEmpty() || status != 0;
  }

  Exchange build(Connection connection) {
    boolean requestSeen = !method.isEmpty();
    return new Exchange(
        connection.flow(),
        minorVersion == 0 ? Exchange.HTTP_1_0 : Exchange.HTTP_1_1,
        requestSeen
            ? new Request(method, target, host, requestHeaders, request.stats(connection))
            : Request.UNSEEN,
        status != 0
            ? new Response(status, reason, responseHeaders, response.stats(connection))
            : Response.UNSEEN,
        new Timing(
            requestSeen ? request.firstNanos() : 0,
            requestSeen ? request.lastNanos() : 0,
            interims,
            response.firstNanos(),
            response.lastNanos(),
            firstOfConnection ? connection.synEpochNanos() : 0,
            firstOfConnection ? connection.synAckEpochNanos() : 0,
            firstOfConnection ? connection.handshakeAckEpochNanos() : 0),
        outcome,
        gapBytes);
  }
}
