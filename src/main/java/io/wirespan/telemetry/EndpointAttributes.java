// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.semconv.ClientAttributes;
import io.opentelemetry.semconv.NetworkAttributes;
import io.opentelemetry.semconv.NetworkAttributes.NetworkTransportValues;
import io.opentelemetry.semconv.NetworkAttributes.NetworkTypeValues;
import io.wirespan.tcp.Endpoint;
import io.wirespan.tcp.Flow;

/**
 * The attributes that all exchanges of a connection share. They are written once for each
 * connection, and copied for its further exchanges as long as their place is not taken by another.
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

  /** A power of two. */
  private static final int PLACES = 256;

  private static final int USUAL_BYTES = 384;

  /** What was written for a connection, which is known by its flow being the same object. */
  private record Written(Flow flow, byte[] bytes) {}

  private final Written[] places = new Written[PLACES];
  private final ProtobufWriter writer = new ProtobufWriter(USUAL_BYTES);
  private final AttributeWriter attributes;
  private final ProtobufWriter to;

  /** Takes what {@link AttributeWriter} does. */
  EndpointAttributes(ProtobufWriter to, int field, int lengthLimit) {
    this.to = to;
    this.attributes = new AttributeWriter(writer, field, lengthLimit);
  }

  void put(Flow flow) {
    int place = flow.client().port() & PLACES - 1;
    Written written = places[place];
    if (written == null || written.flow() != flow) {
      written = write(flow);
      places[place] = written;
    }
    to.raw(written.bytes(), written.bytes().length);
  }

  private Written write(Flow flow) {
    writer.clear();
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
    return new Written(flow, writer.toByteArray());
  }
}
