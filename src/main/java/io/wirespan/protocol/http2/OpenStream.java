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
import io.wirespan.protocol.websocket.WebSocketFrames;
import io.wirespan.tcp.CloseReason;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.Direction;
import java.util.List;

/** A stream (RFC 9113, section 5.1) while its exchange is open. */
final class OpenStream {
  private final int id;
  private final boolean firstOfConnection;
  private StreamMessage request;
  private StreamMessage response;

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
  private long grpcTimeoutNanos = Detail.UNKNOWN;
  private long gapBytes;
  private Outcome outcome = Outcome.COMPLETE;
  private Outcome doubt = Outcome.COMPLETE;
  private int keptLength;
  private boolean held;
  private long cutNanos;

  /** Null unless it is known to be a gRPC call. */
  private GrpcCall grpc;

  /** Null unless the client asked for a WebSocket. */
  private WebSocketFrames webSocket;

  /** When the WebSocket was accepted; 0 while it was not. */
  private long acceptedNanos;

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
    grpcTimeoutNanos = fields.grpcTimeoutNanos();
    if (fields.asksForWebSocket()) {
      webSocket = new WebSocketFrames();
      request.countContent(webSocket.counter(Direction.CLIENT_TO_SERVER), true);
      response.countContent(webSocket.counter(Direction.SERVER_TO_CLIENT), !response.begun());
    }
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
    if (grpc == null && (fields.isGrpc() || fields.grpcStatus() != Detail.UNKNOWN)) {
      grpc = new GrpcCall();
      request.countContent(grpc.requests(), request.headSeen());
      response.countContent(grpc.responses(), !response.begun() || response.headSeen());
    }
    if (grpc != null) {
      grpc.takeStatus(fields.grpcStatus());
    }
  }

  /** It ends before its messages do. */
  void cut(long epochNanos) {
    cutNanos = epochNanos;
  }

  void takeReset(int code, long epochNanos) {
    cut(epochNanos);
    if (grpc != null) {
      grpc.takeReset(code, epochNanos);
    }
  }

  /** Whether a response has begun. */
  boolean answered() {
    return response.begun() || acceptedNanos != 0;
  }

  /** Whether what the client asked for is a WebSocket, and the response allows it. */
  boolean acceptsWebSocket() {
    return webSocket != null && status >= 200 && status < 300 && outcome == Outcome.COMPLETE;
  }

  /** What it was until now has been told; from here on it is a WebSocket. */
  void becomeWebSocket(Connection connection) {
    acceptedNanos = response.lastNanos();
    request = goneOn(connection, Direction.CLIENT_TO_SERVER);
    response = goneOn(connection, Direction.SERVER_TO_CLIENT);
    gapBytes = 0;
    dropText();
    held = false;
  }

  private StreamMessage goneOn(Connection connection, Direction direction) {
    StreamMessage message = new StreamMessage(connection, direction);
    message.takeHead();
    message.countContent(webSocket.counter(direction), true);
    if (message(direction).ended()) {
      message.end();
    }
    return message;
  }

  boolean lacksGrpcStatus() {
    return grpc != null && grpc.status() == Detail.UNKNOWN;
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
    if (acceptedNanos != 0) {
      return cause == Outcome.ABORTED ? Outcome.COMPLETE : cause;
    }
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
    return acceptedNanos == 0 ? buildExchange(connection) : buildWebSocket(connection);
  }

  /** What the connection of a WebSocket is over HTTP/1: sizes and times, and no fields. */
  private Exchange buildWebSocket(Connection connection) {
    long first = request.begun() ? request.firstNanos() : acceptedNanos;
    first = response.begun() ? Math.min(first, response.firstNanos()) : first;
    return new Exchange(
        connection.flow(),
        Exchange.WEBSOCKET,
        new Request("", "", "", Headers.EMPTY, request.stats()),
        new Response(0, "", Headers.EMPTY, response.stats()),
        new Timing(
            first,
            Math.max(first, lastNanos()),
            List.of(),
            response.firstNanos(),
            response.lastNanos(),
            0,
            0,
            0,
            cutNanos),
        outcome,
        gapBytes,
        webSocket.detail());
  }

  private Exchange buildExchange(Connection connection) {
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
          timing.handshakeAck(),
          cutNanos);
    }
    return new Timing(
        request.headSeen() ? request.firstNanos() : 0,
        request.headSeen() ? request.lastNanos() : 0,
        interims,
        response.firstNanos(),
        response.lastNanos(),
        firstOfConnection ? connection.synEpochNanos() : 0,
        firstOfConnection ? connection.synAckEpochNanos() : 0,
        firstOfConnection ? connection.handshakeAckEpochNanos() : 0,
        cutNanos);
  }

  private Detail buildDetail() {
    return grpc == null
        ? Detail.NONE
        : grpc.detail(target, grpcTimeoutNanos, request.headSeen() ? request.firstNanos() : 0);
  }
}
