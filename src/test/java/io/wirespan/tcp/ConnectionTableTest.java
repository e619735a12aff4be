// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import static io.wirespan.tcp.PacketBuilder.ACK;
import static io.wirespan.tcp.PacketBuilder.FIN;
import static io.wirespan.tcp.PacketBuilder.IPV4;
import static io.wirespan.tcp.PacketBuilder.PSH;
import static io.wirespan.tcp.PacketBuilder.RST;
import static io.wirespan.tcp.PacketBuilder.SYN;
import static io.wirespan.tcp.PacketBuilder.TCP;
import static io.wirespan.tcp.PacketBuilder.ethernet;
import static io.wirespan.tcp.PacketBuilder.ipv4;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.capture.HandshakeTimes;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.Side;
import io.wirespan.capture.TraceRules;
import io.wirespan.tcp.RecordingHandlers.Recording;
import io.wirespan.tcp.TcpConversation.Wire;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ConnectionTableTest {
  private static final byte[] NOTHING = new byte[0];

  private final RecordingHandlers handlers = new RecordingHandlers();
  private final ConnectionTable table = new ConnectionTable(handlers, TraceRules.BY_CONTENT);
  private final Wire wire = new Wire(table);
  private final TcpConversation conversation = new TcpConversation(wire);

  @Test
  void shouldFollowAConnectionFromHandshakeToEnd() {
    long start = wire.epochNanos();
    conversation.handshake().clientSends("GET").serverSends("HTTP").clientAcks();
    conversation.clientFin().serverFin().clientAcks();

    Recording recording = handlers.only();
    assertThat(recording.events)
        .containsExactly("> data 0 GET", "< data 0 HTTP", "> end", "< end", "close FINISHED");
    assertThat(recording.flow.client()).hasToString("10.0.0.1:40000");
    assertThat(recording.flow.server()).hasToString("10.0.0.2:80");
    assertThat(recording.flow.role()).isEqualTo(Flow.Role.SERVER);
    assertThat(recording.connection.synEpochNanos()).isEqualTo(start + 1_000_000);
    assertThat(recording.connection.synAckEpochNanos()).isEqualTo(start + 2_000_000);
    assertThat(recording.connection.handshakeAckEpochNanos()).isEqualTo(start + 3_000_000);
    // The last acknowledgement finds the finished connection and begins no new one.
    assertThat(table.counters().connectionsTotal()).isEqualTo(1);
    assertThat(table.counters().connectionsOpen()).isZero();
  }

  @Test
  void shouldCountPacketsOfBothDirectionsWithPureAcknowledgements() {
    conversation.handshake().clientSends("GET").serverAcks().serverSends("HTTP");
    assertThat(handlers.only().stamps).containsExactly("4/2>3/1>1", "6/3>3/2>3");
  }

  @Test
  void shouldTakeTheKernelsCountsAndTimesWhereItGivesThem() {
    Packet packet = payloadPacket(1);
    packet.flowCounters(10, 1000, 20, 2000);
    packet.handshake(new HandshakeTimes.Known(11, 12, 13));
    table.onPacket(packet);
    assertThat(handlers.only().stamps).containsExactly("1/9>10/20>20");
    assertThat(handlers.only().connection.synAckEpochNanos()).isEqualTo(12);
  }

  /** The kernel still knows a handshake that the table, idle for long, has forgotten. */
  @Test
  void shouldJoinInTheMiddleIfTheHandshakeWasLongAgo() {
    Packet packet = payloadPacket(1);
    packet.flowCounters(10, 1000, 20, 2000);
    long syn = packet.timestampEpochNanos() - TimeUnit.MINUTES.toNanos(11);
    packet.handshake(new HandshakeTimes.Known(syn, syn + 1, syn + 2));
    table.onPacket(packet);
    table.tick(packet.timestampEpochNanos() + 200_000_000);
    assertThat(handlers.only().connection.synEpochNanos()).isZero();
    assertThat(handlers.only().events).startsWith("> data 0 GET");
    assertThat(handlers.only().connection.isFromStart(Direction.CLIENT_TO_SERVER)).isFalse();
  }

  @Test
  void shouldGoOnWhereTheKernelsCountsWrapAround() {
    // The last packet was counted before the one that precedes it, by another CPU.
    long[] sent = {-2, -1, 0, 1, 0};
    for (int i = 0; i < sent.length; i++) {
      Packet packet = payloadPacket(1 + 3 * i);
      packet.flowCounters(sent[i], 10 * sent[i], Long.MAX_VALUE + 1 + sent[i], 7);
      packet.handshake(new HandshakeTimes.Known(11, 12, 13));
      table.onPacket(packet);
    }
    assertThat(handlers.only().stamps)
        .extracting(stamp -> stamp.substring(2))
        .containsExactly(
            "-3>-2/9223372036854775806>9223372036854775806",
            "-2>-1/9223372036854775807>9223372036854775807",
            "-1>0/-9223372036854775808>-9223372036854775808",
            "0>1/-9223372036854775807>-9223372036854775807",
            "0>1/-9223372036854775807>-9223372036854775807");
  }

  private static Packet payloadPacket(int sequence) {
    byte[] tcp = PacketBuilder.tcp(40_000, 80, sequence, 1, ACK | PSH, "GET".getBytes(ISO_8859_1));
    byte[] ip = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2", PacketBuilder.TCP, tcp);
    return PacketBuilder.packet(LinkType.RAW_IP, ip, 1_000, 1);
  }

  @Test
  void shouldOpenNoHandlerWithoutPayload() {
    conversation.handshake().clientFin().serverFin();
    assertThat(handlers.connections).isEmpty();
    assertThat(table.counters().connectionsOpen()).isZero();
  }

  @Test
  void shouldLetContentDecideWhoIsTheClientOfAConnectionJoinedInTheMiddle() {
    TcpConversation odd = new TcpConversation(wire, "10.0.0.1", 80, "10.0.0.2", 40_000);
    odd.clientSends("GET").serverSends("HTTP").pause(5_000_000).clientAcks();
    assertThat(handlers.only().flow.client()).hasToString("10.0.0.1:80");
    assertThat(handlers.only().events).containsExactly("> data 0 GET", "< data 0 HTTP");
  }

  @Test
  void shouldLetTheLowerPortServeIfContentSaysNothing() {
    conversation.serverSends("body").clientSends("xyz").pause(5_000_000).clientAcks();
    assertThat(handlers.only().events).containsExactly("< data 0 body", "> data 0 xyz");
  }

  @Test
  void shouldWaitForContentIfBothPortsMayBeAClients() {
    TcpConversation odd = new TcpConversation(wire, "10.0.0.2", 40_000, "10.0.0.1", 50_051);
    odd.serverSends("body").clientSends("xyz").clientSends("GET").serverSends("HTTP");
    assertThat(handlers.only().flow.client()).hasToString("10.0.0.2:40000");
    assertThat(handlers.only().events).containsExactly("> data 0 GET", "< data 0 HTTP");
    assertThat(table.counters().untoldPackets()).isEqualTo(2);
  }

  @Test
  void shouldNotWaitForContentForEver() {
    TcpConversation odd = new TcpConversation(wire, "10.0.0.1", 50_051, "10.0.0.2", 40_000);
    for (int i = 0; i < 257; i++) {
      odd.serverSends("body");
    }
    assertThat(handlers.only().events).containsExactly("< data 0 body");
    assertThat(table.counters().untoldPackets()).isEqualTo(256);
  }

  @Test
  void shouldTakeTheSenderOfASynAckAsServer() {
    TcpConversation odd = new TcpConversation(wire, "10.0.0.1", 80, "10.0.0.2", 40_000);
    odd.synAck().clientAcks().clientSends("xyz");
    assertThat(handlers.only().flow.client()).hasToString("10.0.0.1:80");
  }

  @Test
  void shouldKeepDeliveringInOneDirectionAfterTheOtherEnded() {
    conversation.handshake().clientSends("GET").clientFin().serverSends("HTTP").serverFin();
    assertThat(handlers.only().events)
        .containsExactly("> data 0 GET", "> end", "< data 0 HTTP", "< end", "close FINISHED");
  }

  @Test
  void shouldTellOfAnEndThatPrecededTheFirstPayload() {
    conversation.handshake().clientFin().serverSends("HTTP");
    assertThat(handlers.only().events).containsExactly("> end", "< data 0 HTTP");
  }

  @Test
  void shouldAcceptASimultaneousOpen() {
    conversation.syn().server(-1, SYN, NOTHING).synAck().clientAcks();
    conversation.clientSends("GET").serverSends("HTTP");
    assertThat(handlers.only().flow.client()).hasToString("10.0.0.1:40000");
    assertThat(handlers.only().events).containsExactly("> data 0 GET", "< data 0 HTTP");
  }

  @Test
  void shouldReadDataOnTheSyn() {
    conversation.client(-1, SYN, "GET".getBytes(ISO_8859_1)).clientLoses(3);
    conversation.synAck().clientAcks().serverSends("HTTP");
    assertThat(handlers.only().events).containsExactly("> data 0 GET", "< data 0 HTTP");
  }

  @Test
  void shouldTakeARepeatedSynAsPartOfTheConnection() {
    conversation.syn().syn().synAck().synAck().clientAcks().clientSends("GET").syn();
    assertThat(table.counters().connectionsTotal()).isEqualTo(1);
    assertThat(handlers.only().events).containsExactly("> data 0 GET");
  }

  @Test
  void shouldPlaceTheServersStreamWithoutItsSynAck() {
    conversation.syn().clientAcks().clientSends("GET").serverLoses(5).clientSends("GET");
    conversation.serverSends("HTTP");
    table.close(wire.epochNanos());
    assertThat(handlers.only().events)
        .containsExactly(
            "> data 0 GET", "< gap 0+5 LOST", "> data 3 GET", "< data 5 HTTP", "close SHUTDOWN");
  }

  @Test
  void shouldKnowASynAckThatTheCaptureDeliversLate() {
    conversation.syn().clientAcks().server(4, ACK | PSH, "/1.1".getBytes(ISO_8859_1));
    conversation.serverSends("HTTP").clientSends("GET").synAck();
    assertThat(handlers.only().events)
        .containsExactly("< data 0 HTTP", "< early 4+4", "< data 4 /1.1", "> data 0 GET");
    assertThat(table.counters().connectionsTotal()).isOne();
  }

  @Test
  void shouldBeginANewConnectionWhenThePortsAreReused() {
    conversation.handshake().clientSends("GET");
    new TcpConversation(wire).initial(777_000, 888_000).handshake().clientSends("GET2");
    assertThat(handlers.connections).hasSize(2);
    assertThat(handlers.connections.getFirst().events)
        .containsExactly("> data 0 GET", "close REUSED");
    assertThat(handlers.connections.getLast().events).containsExactly("> data 0 GET2");
  }

  @Test
  void shouldBeginANewConnectionAfterAFinishedOneEvenIfItsSynWasMissed() {
    conversation.handshake().clientSends("GET").serverSends("HTTP").clientFin().serverFin();
    conversation.client(0, ACK | PSH, "GET".getBytes(ISO_8859_1));
    assertThat(handlers.connections).hasSize(1);
    new TcpConversation(wire).initial(777_000, 888_000).clientSends("GET2");
    assertThat(handlers.connections).hasSize(2);
  }

  @Test
  void shouldCloseOnAReset() {
    conversation.handshake().clientSends("GET").serverResets().clientAcks();
    assertThat(handlers.only().events).containsExactly("> data 0 GET", "close RESET");
    assertThat(table.counters().connectionsTotal()).isEqualTo(1);
  }

  @Test
  void shouldGoOnAfterAResetThatItsSenderDoesNotHold() {
    conversation.handshake().clientSends("GET").client(0, RST, NOTHING).clientSends("GET2");
    table.close(wire.epochNanos());
    assertThat(handlers.connections).hasSize(2);
    assertThat(handlers.connections.getLast().events)
        .containsExactly("> data 0 GET2", "close SHUTDOWN");
  }

  @Test
  void shouldBeginWithTheNumberOfTheSynIfTheFirstByteHasIt() {
    conversation.handshake().client(-1, ACK | PSH, "GET".getBytes(ISO_8859_1));
    conversation.server(-1, ACK | PSH, "HTTP".getBytes(ISO_8859_1));
    table.close(wire.epochNanos());
    assertThat(handlers.only().events)
        .containsExactly("> data 0 GET", "< data 0 HTTP", "close SHUTDOWN");
  }

  @Test
  void shouldTakeAnAcknowledgementOfZeroForNone() {
    byte[] request = PacketBuilder.tcp(40000, 80, 0, 0, ACK | PSH, "GET".getBytes(ISO_8859_1));
    byte[] response = PacketBuilder.tcp(80, 40000, 0, 0, ACK | PSH, "HTTP".getBytes(ISO_8859_1));
    wire.send(ethernet(IPV4, ipv4("10.0.0.1", "10.0.0.2", TCP, request)), PacketDirection.UNKNOWN);
    wire.send(ethernet(IPV4, ipv4("10.0.0.2", "10.0.0.1", TCP, response)), PacketDirection.UNKNOWN);
    table.close(wire.epochNanos());
    assertThat(handlers.only().events)
        .containsExactly("> data 0 GET", "< data 0 HTTP", "close SHUTDOWN");
  }

  @Test
  void shouldIgnoreAResetFarOutsideTheStream() {
    conversation.handshake().clientSends("GET").server(1 << 28, RST, NOTHING).serverSends("HTTP");
    assertThat(handlers.only().events).containsExactly("> data 0 GET", "< data 0 HTTP");
    assertThat(table.counters().ignoredResets()).isEqualTo(1);
  }

  @Test
  void shouldForgetARefusedConnection() {
    conversation.syn().server(-1, RST | ACK, NOTHING);
    assertThat(table.counters().connectionsOpen()).isZero();
  }

  @Test
  void shouldCountWhatBelongsToNoConnection() {
    conversation.clientAcks().serverAcks().serverResets().client(0, ACK, new byte[1]);
    conversation.client(0, ACK | FIN, NOTHING);
    assertThat(table.counters().strayPackets()).isEqualTo(5);
    assertThat(table.counters().connectionsTotal()).isZero();
  }

  @Test
  void shouldCloseIdleConnectionsByPacketTime() {
    conversation.handshake().clientSends("GET");
    wire.pause(TimeUnit.MINUTES.toNanos(10));
    new TcpConversation(wire, "10.0.0.9", 1, "10.0.0.2", 80).syn();
    assertThat(handlers.only().events).containsExactly("> data 0 GET", "close IDLE");
  }

  @Test
  void shouldCloseIdleConnectionsByTick() {
    conversation.handshake().clientSends("GET");
    table.tick(wire.epochNanos() + TimeUnit.MINUTES.toNanos(10));
    assertThat(handlers.only().events).containsExactly("> data 0 GET", "close IDLE");
  }

  @Test
  void shouldCloseEverythingInTheOrderOfItsBeginning() {
    for (int port = 100; port > 0; port--) {
      new TcpConversation(wire, "10.0.0.1", port, "10.0.0.2", 8080).handshake().clientSends("GET");
    }
    table.close(wire.epochNanos());
    assertThat(handlers.closed).containsExactlyElementsOf(handlers.connections);
    assertThat(table.counters().connectionsOpen()).isZero();
  }

  @Test
  void shouldEvictTheHalfOpenAndThenTheLeastRecentlyUsed() {
    RecordingHandlers few = new RecordingHandlers();
    ConnectionTable small = new ConnectionTable(few, TraceRules.BY_CONTENT, limits(3));
    Wire smallWire = new Wire(small);
    TcpConversation[] busy = new TcpConversation[3];
    for (int i = 0; i < 3; i++) {
      if (i == 2) {
        new TcpConversation(smallWire, "10.0.1.1", 9, "10.0.0.2", 80).syn();
      }
      busy[i] = new TcpConversation(smallWire, "10.0.0.1", 1000 + i, "10.0.0.2", 80);
      busy[i].handshake().clientSends("GET");
    }
    assertThat(small.counters().halfOpenEvicted()).isEqualTo(1);
    busy[0].clientSends("GET");
    new TcpConversation(smallWire, "10.0.0.1", 2000, "10.0.0.2", 80).clientSends("GET");
    assertThat(few.connections.get(0).events).doesNotContain("close EVICTED");
    assertThat(few.connections.get(1).events).contains("close EVICTED");
    assertThat(small.counters().connectionsEvicted()).isEqualTo(2);
  }

  private static TcpLimits limits(int maxOpen) {
    TcpLimits.Connections defaults = TcpLimits.Connections.DEFAULT;
    return new TcpLimits(
        new TcpLimits.Connections(
            maxOpen,
            maxOpen,
            maxOpen,
            defaults.idleNanos(),
            defaults.halfOpenNanos(),
            defaults.closingNanos(),
            defaults.closedNanos()),
        TcpLimits.Buffers.DEFAULT,
        TcpLimits.Fragments.DEFAULT);
  }

  @Test
  void shouldSurviveASynFloodWithoutOpeningHandlersOrLosingWhatIsEstablished() {
    conversation.handshake().clientSends("GET");
    byte[] tcp = PacketBuilder.tcp(1, 80, 1, 0, SYN, NOTHING);
    byte[] ip = PacketBuilder.ipv4("10.1.0.0", "10.0.0.2", PacketBuilder.TCP, tcp);
    Packet packet = PacketBuilder.packet(LinkType.RAW_IP, ip, wire.epochNanos(), 1);
    for (int i = 0; i < 1_000_000; i++) {
      packet.bytes().setInt(12, 0x0b000000 + i);
      table.onPacket(packet);
    }
    conversation.serverSends("HTTP");
    TcpCounters counters = table.counters();
    assertThat(handlers.only().events).containsExactly("> data 0 GET", "< data 0 HTTP");
    assertThat(counters.connectionsTotal()).isEqualTo(1_000_001);
    assertThat(counters.connectionsOpen()).isEqualTo(50_001);
    assertThat(counters.halfOpenEvicted()).isEqualTo(950_000);
  }

  @Test
  void shouldDeliverNothingMoreOnceIgnored() {
    conversation.handshake().clientSends("GET").server(4, ACK, "late".getBytes(ISO_8859_1));
    handlers.only().connection.ignore();
    assertThat(table.counters().bufferedBytes()).isZero();
    conversation.serverSends("HTTP").clientFin().serverFin();
    assertThat(handlers.only().events).containsExactly("> data 0 GET", "close FINISHED");
  }

  @Test
  void shouldFollowTheDirectionOfThePackets() {
    Wire inside =
        new Wire(table).on(PacketBuilder.captureInterface(LinkType.ETHERNET, Side.INSIDE));
    new TcpConversation(inside).clientPackets(PacketDirection.EGRESS).clientSends("GET");
    assertThat(handlers.only().flow.role()).isEqualTo(Flow.Role.CLIENT);
  }
}
