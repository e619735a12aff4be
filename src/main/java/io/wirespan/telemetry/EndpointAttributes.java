// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.semconv.ClientAttributes;
import io.opentelemetry.semconv.NetworkAttributes;
import io.opentelemetry.semconv.NetworkAttributes.NetworkTransportValues;
import io.opentelemetry.semconv.NetworkAttributes.NetworkTypeValues;
import io.opentelemetry.semconv.ServerAttributes;
import io.wirespan.tcp.Endpoint;
import io.wirespan.tcp.Flow;

/**
 * The attributes that all exchanges of a connection share, and the server that the request names.
 * They are written once for each connection, and copied for its further exchanges as long as their
 * place is not taken by another.
 */
final class EndpointAttributes {
  static final EncodedKey<String> INTERFACE_NAME = EncodedKey.text("network.interface.name");

  private static final EncodedKey<String> CLIENT_ADDRESS =
      EncodedKey.of(ClientAttributes.CLIENT_ADDRESS);
  private static final EncodedKey<Long> CLIENT_PORT = EncodedKey.of(ClientAttributes.CLIENT_PORT);
  private static final EncodedKey<String> PEER_ADDRESS =
      EncodedKey.of(NetworkAttributes.NETWORK_PEER_ADDRESS);
  private static final EncodedKey<Long> PEER_PORT =
      EncodedKey.of(NetworkAttributes.NETWORK_PEER_PORT);
  private static final EncodedKey<String> LOCAL_ADDRESS =
      EncodedKey.of(NetworkAttributes.NETWORK_LOCAL_ADDRESS);
  private static final EncodedKey<Long> LOCAL_PORT =
      EncodedKey.of(NetworkAttributes.NETWORK_LOCAL_PORT);
  private static final EncodedKey<String> TRANSPORT =
      EncodedKey.of(NetworkAttributes.NETWORK_TRANSPORT);
  private static final EncodedKey<String> TYPE = EncodedKey.of(NetworkAttributes.NETWORK_TYPE);

  private static final EncodedKey<String> SERVER_ADDRESS =
      EncodedKey.of(ServerAttributes.SERVER_ADDRESS);
  private static final EncodedKey<Long> SERVER_PORT = EncodedKey.of(ServerAttributes.SERVER_PORT);

  /** A power of two; each may hold {@link #USUAL_BYTES}. */
  private static final int PLACES = 1_024;

  private static final int USUAL_BYTES = 384;

  /**
   * What was written for a connection, which is known by its flow being the same object, and for
   * one of the servers that its requests name.
   *
   * @param ofFlow how many of the bytes are of the connection alone
   */
  private record Written(Flow flow, int ofFlow, String host, int port, byte[] bytes) {
    private boolean isFor(RequestTarget target) {
      return port == target.port() && host.equals(target.host());
    }
  }

  private final Written[] places = new Written[PLACES];
  private final ProtobufWriter writer = new ProtobufWriter(USUAL_BYTES);
  private final AttributeWriter attributes;
  private final ProtobufWriter to;

  /** Takes what {@link AttributeWriter} does. */
  EndpointAttributes(ProtobufWriter to, int field, int lengthLimit) {
    this.to = to;
    this.attributes = new AttributeWriter(writer, field, lengthLimit);
  }

  void put(ReportedExchange report) {
    Flow flow = report.exchange().flow();
    // Linux gives connections ports of the same parity, one after the other or nearly so.
    int place = flow.client().port() >>> 1 & PLACES - 1;
    Written written = places[place];
    if (written == null || written.flow() != flow || !written.isFor(report.target())) {
      written = write(flow, report.target(), written);
      places[place] = written;
    }
    to.raw(written.bytes(), written.bytes().length);
  }

  private Written write(Flow flow, RequestTarget target, Written last) {
    writer.clear();
    if (last != null && last.flow() == flow) {
      writer.raw(last.bytes(), last.ofFlow());
    } else {
      writeFlow(flow);
    }
    int ofFlow = writer.length();
    attributes.put(SERVER_ADDRESS, target.host());
    attributes.put(SERVER_PORT, target.port());
    return new Written(flow, ofFlow, target.host(), target.port(), writer.toByteArray());
  }

  private void writeFlow(Flow flow) {
    Endpoint client = flow.client();
    Endpoint server = flow.server();
    boolean serves = flow.role() == Flow.Role.SERVER;
    Endpoint peer = serves ? client : server;
    Endpoint local = serves ? server : client;
    attributes.put(CLIENT_ADDRESS, client.address());
    attributes.put(CLIENT_PORT, client.port());
    attributes.put(PEER_ADDRESS, peer.address());
    attributes.put(PEER_PORT, peer.port());
    attributes.put(LOCAL_ADDRESS, local.address());
    attributes.put(LOCAL_PORT, local.port());
    attributes.put(TRANSPORT, NetworkTransportValues.TCP);
    attributes.put(TYPE, server.ipv6() ? NetworkTypeValues.IPV6 : NetworkTypeValues.IPV4);
    attributes.put(INTERFACE_NAME, flow.capturedOn().name());
  }
}
