// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.netty.buffer.ByteBuf;
import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.TraceRules;
import java.util.Optional;

/** Opens the handler of a connection once there is something to deliver. */
final class ConnectionOpener {
  /** Where Linux takes a client's ports from (ip_local_port_range), and gRPC's 50051 is too. */
  private static final int FIRST_EPHEMERAL = 32_768;

  private final StreamHandlerFactory factory;
  private final TraceMatcher matcher;

  ConnectionOpener(StreamHandlerFactory factory, TraceRules rules) {
    this.factory = factory;
    this.matcher = new TraceMatcher(rules);
  }

  boolean mayConcern(Segment segment) {
    return matcher.mayConcern(segment);
  }

  /**
   * Which side is the client of a connection whose handshake was not seen, by the first payload's
   * content; -1 if that does not tell.
   */
  int clientSideByContent(Segment first, int senderSide) {
    return switch (senderOf(first)) {
      case CLIENT -> senderSide;
      case SERVER -> 1 - senderSide;
      case UNKNOWN -> -1;
    };
  }

  private StreamHandlerFactory.Sender senderOf(Segment segment) {
    if (segment.payloadCaptured == 0) {
      return StreamHandlerFactory.Sender.UNKNOWN;
    }
    ByteBuf bytes = segment.bytes;
    int readerIndex = bytes.readerIndex();
    int writerIndex = bytes.writerIndex();
    bytes.setIndex(segment.payloadIndex, segment.payloadIndex + segment.payloadCaptured);
    StreamHandlerFactory.Sender sender = factory.senderOf(bytes);
    bytes.setIndex(readerIndex, writerIndex);
    return sender;
  }

  /** Whether a rule or a port that no client has says who is the server. */
  boolean portsTell(ConnectionKey key) {
    return matcher.isServerPort(key.port(0)) != matcher.isServerPort(key.port(1))
        || Math.min(key.port(0), key.port(1)) < FIRST_EPHEMERAL;
  }

  /** The same by the rules' ports, else the lower port is the server's. */
  int clientSideByPorts(ConnectionKey key) {
    boolean rule0 = matcher.isServerPort(key.port(0));
    boolean rule1 = matcher.isServerPort(key.port(1));
    if (rule0 != rule1) {
      return rule0 ? 1 : 0;
    }
    return key.port(0) < key.port(1) ? 1 : 0;
  }

  /** The flow of a connection whose client is known, if it is traced. */
  Optional<Flow> flow(TrackedConnection connection, int clientSide, PacketDirection clientPackets) {
    Endpoint server = connection.key().endpoint(1 - clientSide);
    return matcher
        .match(server, connection.capturedOn().side(), clientPackets)
        .map(
            match ->
                new Flow(
                    connection.capturedOn(),
                    connection.key().endpoint(clientSide),
                    server,
                    match.role(),
                    match.declared()));
  }

  StreamHandler open(Connection connection) {
    return factory.open(connection);
  }
}
