// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import static io.wirespan.capture.PacketDirection.EGRESS;
import static io.wirespan.capture.PacketDirection.INGRESS;
import static io.wirespan.capture.PacketDirection.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.Protocol;
import io.wirespan.capture.Side;
import io.wirespan.capture.TraceRules;
import io.wirespan.tcp.TraceMatcher.Match;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraceMatcherTest {
  private static final Endpoint SERVER =
      new Endpoint(false, 0, 0xffff_0000_0000L | 0x0a010203, 8080);
  private static final TraceRules.Port INCOMING = new TraceRules.Port(8080, Protocol.HTTP);

  @ParameterizedTest
  @CsvSource({
    "INSIDE, INGRESS, SERVER",
    "INSIDE, EGRESS, CLIENT",
    "OUTSIDE, EGRESS, SERVER",
    "OUTSIDE, INGRESS, CLIENT",
    "INSIDE, UNKNOWN, SERVER",
    "UNKNOWN, EGRESS, SERVER",
    "UNKNOWN, UNKNOWN, SERVER"
  })
  void shouldTellTheRoleByContent(Side side, PacketDirection clientPackets, Flow.Role role) {
    TraceMatcher matcher = new TraceMatcher(TraceRules.BY_CONTENT);
    assertThat(matcher.match(SERVER, side, clientPackets))
        .contains(new Match(role, Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({
    "INSIDE, INGRESS, true",
    "INSIDE, EGRESS, false",
    "OUTSIDE, EGRESS, true",
    "OUTSIDE, INGRESS, false",
    "UNKNOWN, EGRESS, true",
    "OUTSIDE, UNKNOWN, true"
  })
  void shouldTraceIncomingConnections(Side side, PacketDirection clientPackets, boolean traced) {
    TraceMatcher matcher = new TraceMatcher(new TraceRules(List.of(INCOMING), List.of()));
    Optional<Match> match = matcher.match(SERVER, side, clientPackets);
    assertThat(match)
        .isEqualTo(
            traced
                ? Optional.of(new Match(Flow.Role.SERVER, Optional.of(Protocol.HTTP)))
                : Optional.empty());
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0, 8, 8080, true",
    "10.1.2.2, 31, 8080, true",
    "10.1.2.2, 32, 8080, false",
    "11.0.0.0, 8, 8080, false",
    "10.0.0.0, 8, 80, false",
    "0.0.0.0, 0, 8080, true",
    "'::', 0, 8080, true",
    "'::', 1, 8080, false"
  })
  void shouldTraceOutgoingConnectionsByAddressAndPort(
      String network, int prefix, int port, boolean traced) throws UnknownHostException {
    TraceRules rules =
        new TraceRules(
            List.of(),
            List.of(
                new TraceRules.Destination(
                    InetAddress.getByName(network), prefix, port, Protocol.HTTP2)));
    TraceMatcher matcher = new TraceMatcher(rules);
    assertThat(matcher.match(SERVER, Side.INSIDE, EGRESS).isPresent()).isEqualTo(traced);
    assertThat(matcher.match(SERVER, Side.INSIDE, INGRESS)).isEmpty();
    assertThat(matcher.match(SERVER, Side.UNKNOWN, UNKNOWN).isPresent()).isEqualTo(traced);
  }

  @Test
  void shouldPassOverPacketsThatNoRuleNames() {
    RecordingHandlers handlers = new RecordingHandlers();
    ConnectionTable table =
        new ConnectionTable(handlers, new TraceRules(List.of(INCOMING), List.of()));
    TcpConversation.Wire wire = new TcpConversation.Wire(table);
    new TcpConversation(wire, "10.0.0.1", 4000, "10.0.0.2", 80).handshake().clientSends("GET");
    new TcpConversation(wire, "10.0.0.1", 8080, "10.0.0.2", 443).handshake().clientSends("GET");
    new TcpConversation(wire, "10.0.0.1", 4000, "10.0.0.2", 8080).handshake().clientSends("GET");
    assertThat(handlers.only().flow.server()).hasToString("10.0.0.2:8080");
    assertThat(handlers.only().flow.declared()).contains(Protocol.HTTP);
    assertThat(table.counters().untracedPackets()).isEqualTo(4);
    assertThat(table.counters().untracedConnections()).isEqualTo(2);
  }
}
