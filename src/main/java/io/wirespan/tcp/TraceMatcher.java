// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.Protocol;
import io.wirespan.capture.Side;
import io.wirespan.capture.TraceRules;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.BitSet;
import java.util.Optional;

/** Decides by the {@link TraceRules} which connections are traced, and as what. */
final class TraceMatcher {
  /** That a connection is traced. */
  record Match(Flow.Role role, Optional<Protocol> declared) {}

  private final TraceRules rules;
  private final boolean byContent;
  private final BitSet serverPorts = new BitSet(1 << 16);

  TraceMatcher(TraceRules rules) {
    this.rules = rules;
    this.byContent = rules.byContent();
    rules.incoming().forEach(rule -> serverPorts.set(rule.port()));
    rules.outgoing().forEach(rule -> serverPorts.set(rule.port()));
  }

  /** False for packets that no rule can concern, whoever of the two is the server. */
  boolean mayConcern(Segment segment) {
    return byContent
        || serverPorts.get(segment.sourcePort)
        || serverPorts.get(segment.destinationPort);
  }

  /** Whether a rule names this as the port of a server. */
  boolean isServerPort(int port) {
    return serverPorts.get(port);
  }

  /**
   * How a connection is traced, if it is.
   *
   * @param clientPackets where the packets of the client cross the interface
   */
  Optional<Match> match(Endpoint server, Side side, PacketDirection clientPackets) {
    boolean mayServe = mayServe(side, clientPackets);
    if (byContent) {
      Flow.Role role = mayServe ? Flow.Role.SERVER : Flow.Role.CLIENT;
      return Optional.of(new Match(role, Optional.empty()));
    }
    if (mayServe) {
      for (TraceRules.Port rule : rules.incoming()) {
        if (rule.port() == server.port()) {
          return Optional.of(new Match(Flow.Role.SERVER, Optional.of(rule.protocol())));
        }
      }
    }
    if (mayServe(side, opposite(clientPackets))) {
      for (TraceRules.Destination rule : rules.outgoing()) {
        if (rule.port() == server.port() && contains(rule, server.inetAddress())) {
          return Optional.of(new Match(Flow.Role.CLIENT, Optional.of(rule.protocol())));
        }
      }
    }
    return Optional.empty();
  }

  /** Whether the client's packets go towards the workload, or may. */
  private static boolean mayServe(Side side, PacketDirection clientPackets) {
    return switch (side) {
      case INSIDE -> clientPackets != PacketDirection.EGRESS;
      case OUTSIDE -> clientPackets != PacketDirection.INGRESS;
      case UNKNOWN -> true;
    };
  }

  static PacketDirection opposite(PacketDirection direction) {
    return switch (direction) {
      case INGRESS -> PacketDirection.EGRESS;
      case EGRESS -> PacketDirection.INGRESS;
      case UNKNOWN -> PacketDirection.UNKNOWN;
    };
  }

  private static boolean contains(TraceRules.Destination rule, InetAddress address) {
    if (rule.prefixLength() == 0) {
      return true;
    }
    if (rule.network() instanceof Inet4Address != address instanceof Inet4Address) {
      return false;
    }
    byte[] network = rule.network().getAddress();
    byte[] candidate = address.getAddress();
    for (int bit = 0; bit < Math.min(rule.prefixLength(), 8 * network.length); bit++) {
      int mask = 0x80 >>> (bit & 7);
      if ((network[bit >>> 3] & mask) != (candidate[bit >>> 3] & mask)) {
        return false;
      }
    }
    return true;
  }
}
