// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import io.wirespan.protocol.Detail;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Headers;
import io.wirespan.protocol.Interim;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.Request;
import io.wirespan.protocol.Response;
import io.wirespan.protocol.Timing;
import io.wirespan.tcp.CloseReason;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.Direction;
import java.util.List;

/** A stream (RFC 9113, section 5.1) while its exchange is open. */
final class OpenStream {
  private final int id;
  private final boolean firstOfConnection;
  private final StreamMessage request;
  private final StreamMessage response;

  // Links of StreamTable.
  OpenStream older;
  OpenStream newer;

  private String method = "";
  private String target = "";
  private String host = "";
  private Headers requestHeaders = Headers.EMPTY;
  private int status;
  private Headers responseHeaders = Headers.EMPTY;
  private List<Interim> interims = List.of();
  private boolean grpc;
  private int grpcStatus = Detail.UNKNOWN;
  private long gapBytes;
  private Outcome outcome = Outcome.COMPLETE;
  private Outcome doubt = Outcome.COMPLETE;
  private int keptLength;
  private boolean held;

  /** The request, if it was sent before the connection became HTTP/2. */
  private Exchange upgrade;

  OpenStream(Connection connection, int id, boolean firstOfConnection) {
    this.request = new StreamMessage(connection, Direction.CLIENT_TO_SERVER);
    this.response = new StreamMessage(connection, Direction.SERVER_TO_CLIENT);
    this.id = id;
    this.firstOfConnection = firstOfConnection;
  }

  int id() {
    return id;
  }

  StreamMessage request() {
    return request;
  }

  StreamMessage response() {
    return response;
  }

  StreamMessage message(Direction direction) {
    return direction == Direction.CLIENT_TO_SERVER ? request : response;
  }

  /**
   * The request as HTTP/1 had it (RFC 7540, section 3.2): stream 1 has no more of it. Until its
   * response comes, the 101 stands for it.
   */
  void takeUpgrade(Exchange exchange) {
    upgrade = exchange;
    method = exchange.request().method();
    target = exchange.request().target();
    host = exchange.request().host();
    requestHeaders = exchange.request().headers();
    status = exchange.response().status();
    interims =
        Interim.append(exchange.timing().interims(), status, exchange.timing().responseFirst());
    request.takeHead();
    request.end();
  }

  void takeRequest(BlockFields fields) {
    request.takeHead();
    method = fields.method();
    target = fields.target();
    host = fields.authority();
    requestHeaders = fields.headers();
    keptLength = fields.keptLength();
    takeGrpc(fields);
  }

  void takeResponse(BlockFields fields) {
    response.takeHead();
    status = fields.status();
    responseHeaders = fields.headers();
    takeGrpc(fields);
  }

  void takeInterim(int status) {
    interims = Interim.append(interims, status, response.firstNanos());
    response.retract();
  }

  /** Of trailers, or of a response that is nothing else. */
  void takeGrpc(BlockFields fields) {
    if (fields.grpcStatus() != Detail.UNKNOWN) {
      grpcStatus = fields.grpcStatus();
    }
    if (!grpc && (fields.isGrpc() || grpcStatus != Detail.UNKNOWN)) {
      grpc = true;
      request.countGrpcMessages(request.headSeen());
      response.countGrpcMessages(!response.begun() || response.headSeen());
    }
  }

  boolean lacksGrpcStatus() {
    return grpc && grpcStatus == Detail.UNKNOWN;
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

  /** Its end may have been missed. */
  void doubt(Outcome cause) {
    doubt = cause;
  }

  boolean doubtful() {
    return doubt != Outcome.COMPLETE;
  }

  /** Of a request whose head has been taken. */
  boolean namesRequest() {
    return !method.isEmpty() && !target.isEmpty() && !host.isEmpty();
  }

  /** Forgets what there is no memory for. */
  void dropText() {
    target = "";
    host = "";
    requestHeaders = Headers.EMPTY;
  }

  void setHeld() {
    held = true;
  }

  /** Whether {@link #keptLength} is accounted for. */
  boolean isHeld() {
    return held;
  }

  /** Characters that are kept of its request. */
  int keptLength() {
    return keptLength;
  }

  long lastNanos() {
    return Math.max(request.lastNanos(), response.lastNanos());
  }

  /** What it lacks if its connection ends like this now. */
  Outcome causeAtClose(CloseReason reason) {
    if (!request.headSeen()) {
      return Outcome.NO_REQUEST;
    }
    if (doubtful() && !response.begun()) {
      return doubt;
    }
    Outcome cause = causeInMessage(reason);
    boolean unanswered = request.ended() && !response.begun();
    return unanswered && cause == Outcome.ABORTED ? Outcome.NO_RESPONSE : cause;
  }

  /** What a message lacks in the middle of which its connection ends. */
  static Outcome causeInMessage(CloseReason reason) {
    return switch (reason) {
      case RESET -> Outcome.RESET;
      case IDLE, EVICTED -> Outcome.EVICTED;
      case SHUTDOWN -> Outcome.STILL_OPEN;
      case FINISHED, REUSED -> Outcome.ABORTED;
    };
  }

  /** Whether it is known to be an exchange; else frames of unknown streams made it. */
  boolean reportable() {
    return request.headSeen() || response.headSeen();
  }

  Exchange build(Connection connection) {
    return new Exchange(
        connection.flow(),
        Exchange.HTTP_2,
        buildRequest(),
        status != 0 || response.headSeen()
            ? new Response(status, "", responseHeaders, response.stats())
            : Response.UNSEEN,
        buildTiming(connection),
        outcome,
        gapBytes,
        buildDetail());
  }

  private Request buildRequest() {
    if (upgrade != null) {
      return upgrade.request();
    }
    return request.headSeen()
        ? new Request(method, target, host, requestHeaders, request.stats())
        : Request.UNSEEN;
  }

  private Timing buildTiming(Connection connection) {
    if (upgrade != null) {
      Timing timing = upgrade.timing();
      return new Timing(
          timing.requestFirst(),
          timing.requestLast(),
          interims,
          response.begun() ? response.firstNanos() : timing.responseFirst(),
          response.begun() ? response.lastNanos() : timing.responseLast(),
          timing.syn(),
          timing.synAck(),
          timing.handshakeAck());
    }
    return new Timing(
        request.headSeen() ? request.firstNanos() : 0,
        request.headSeen() ? request.lastNanos() : 0,
        interims,
        response.firstNanos(),
        response.lastNanos(),
        firstOfConnection ? connection.synEpochNanos() : 0,
        firstOfConnection ? connection.synAckEpochNanos() : 0,
        firstOfConnection ? connection.handshakeAckEpochNanos() : 0);
  }

  private Detail buildDetail() {
    if (!grpc) {
      return Detail.NONE;
    }
    int slash = target.lastIndexOf('/');
    int inContent = response.grpcStatus();
    return new Detail.Grpc(
        slash > 0 ? target.substring(1, slash) : "",
        target.substring(slash + 1),
        grpcStatus != Detail.UNKNOWN ? grpcStatus : inContent,
        request.headSeen() ? request.grpcMessages() : Detail.UNKNOWN,
        response.grpcMessages());
  }
}
