// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import io.wirespan.tcp.CloseReason;

/** What an exchange is besides a request and a response. */
public sealed interface Detail {
  Detail NONE = new None();

  /** A count or a code that was not seen. */
  int UNKNOWN = -1;

  /** Nothing to add. */
  record None() implements Detail {}

  /**
   * The exchange is a gRPC call.
   *
   * @param service full name of the service; empty if the path was not seen
   * @param status {@code grpc-status}, or {@link #UNKNOWN}
   * @param requestMessages whole messages that the client sent, or {@link #UNKNOWN}
   * @param responseMessages whole messages that the server sent, or {@link #UNKNOWN}
   * @param timeoutNanos in which the client wanted it to end, or {@link #UNKNOWN}
   */
  record Grpc(
      String service,
      String method,
      int status,
      int requestMessages,
      int responseMessages,
      long timeoutNanos,
      CallEnd end)
      implements Detail {}

  /** What ended a gRPC call. */
  enum CallEnd {
    /** {@code grpc-status} was sent. */
    STATUS("status"),
    /** It was given up, by either side, when the client's timeout had passed. */
    DEADLINE("deadline"),
    /** It was given up before, by either side. */
    CANCELLED("cancelled"),
    UNKNOWN("");

    private final String text;

    CallEnd(String text) {
      this.text = text;
    }

    /** As outputs write it; empty if it is not known. */
    public String text() {
      return text;
    }
  }

  /**
   * What followed a 101 response that switched to WebSocket (RFC 6455).
   *
   * @param closeCode of the first Close frame that has one (section 7.4), or {@link #UNKNOWN}
   */
  record WebSocket(WebSocketSide client, WebSocketSide server, int closeCode) implements Detail {}

  /**
   * What one side of a WebSocket connection sent.
   *
   * @param frames of every kind, control frames included
   * @param messages whole text and binary messages
   * @param payloadBytes payload of text and binary messages, as framed: before any extension
   */
  record WebSocketSide(long frames, long messages, long payloadBytes) {}

  /**
   * A connection that was declared to be plain TCP, or what of one was a tunnel behind a CONNECT or
   * 101 exchange.
   *
   * @param reason how it ended
   * @param closedBy who sent the first FIN or the RST
   */
  record TcpSession(CloseReason reason, ClosedBy closedBy) implements Detail {}

  /** Who ended a connection. */
  enum ClosedBy {
    CLIENT("client"),
    SERVER("server"),
    NOT_SEEN("");

    private final String text;

    ClosedBy(String text) {
      this.text = text;
    }

    /** As outputs write it; empty if nobody was seen to. */
    public String text() {
      return text;
    }
  }
}
