// SPDX-License-Identifier: Apache-2.0
package io.wirespan.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.Packet;
import io.wirespan.capture.TraceRules;
import io.wirespan.protocol.ExchangeTracker;
import io.wirespan.protocol.HeaderSelection;
import io.wirespan.protocol.ProtocolCounters;
import io.wirespan.protocol.ProtocolLimits;
import io.wirespan.tcp.ConnectionTable;
import io.wirespan.tcp.PacketBuilder;
import io.wirespan.tcp.TcpConversation;
import io.wirespan.tcp.TcpConversation.Wire;
import io.wirespan.tcp.TcpLimits;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That memory stays within its bounds, and is given back. */
class EvidenceTest {
  private static final int MEMORY = 1 << 20;
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

  @TempDir private Path directory;
  private final BlockPool pool = new BlockPool(MEMORY);
  private Evidence evidence;
  private ConnectionTable table;
  private Wire wire;
  private long spans;

  @BeforeEach
  void open() throws Exception {
    Condition never = Condition.parse("status==1");
    evidence =
        new Evidence(EvidenceDirectory.open(directory, 10, 1 << 20), never, pool, MEMORY / 4);
    ExchangeTracker tracker =
        new ExchangeTracker(
            exchange -> evidence.onExchange(exchange, "trace", "span" + spans++),
            new HeaderSelection(Set.of(), Set.of()),
            ProtocolLimits.DEFAULTS,
            new ProtocolCounters());
    table = new ConnectionTable(tracker, TraceRules.BY_CONTENT, TcpLimits.DEFAULT, evidence);
    wire = new Wire(table);
  }

  private TcpConversation connection(int port) {
    return new TcpConversation(wire, "10.0.0.1", port, "10.0.0.2", 80);
  }

  private int usedBlocks() {
    return MEMORY / BlockPool.BLOCK_BYTES - pool.freeBlocks();
  }

  @Test
  void shouldHoldOnlyTheLatestExchangeOfAConnection() {
    TcpConversation a = connection(1).handshake();
    for (int i = 0; i < 1_000; i++) {
      a.clientSends(GET).serverSends(OK).clientAcks();
    }

    assertThat(usedBlocks()).isLessThanOrEqualTo(3);
    assertThat(evidence.counters().packetsDropped()).isZero();
  }

  @Test
  void shouldGiveBackWhatClosedConnectionsHeld() {
    connection(1).handshake().clientSends(GET).serverFin().clientFin().serverAcks();
    connection(2).handshake().clientSends(GET).serverSends("HTTP/1.1 200").serverResets();
    connection(3).syn().serverResets();
    connection(4).handshake().clientSends("\u0016\u0003\u0001not for us").serverSends("?");

    assertThat(usedBlocks()).isZero();

    connection(5).handshake().clientSends(GET);
    assertThat(usedBlocks()).isPositive();
    table.close(wire.epochNanos());
    assertThat(usedBlocks()).isZero();
  }

  @Test
  void shouldLeaveRoomForOthersBesideLargeOnes() {
    for (int port = 1; port <= 20; port++) {
      TcpConversation large = connection(port).handshake().clientSends(GET);
      large.serverSends("HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n");
      for (int i = 0; i < 300; i++) {
        large.serverSends(new byte[1_400]);
      }
    }
    assertThat(evidence.counters().packetsDropped()).isPositive();
    long dropped = evidence.counters().packetsDropped();

    connection(100).handshake().clientSends(GET).serverSends(OK);

    assertThat(evidence.counters().packetsDropped()).isEqualTo(dropped);
  }

  @Test
  void shouldNotLoseItsMemoryToAFloodOfConnections() {
    for (int port = 1; port <= 2_000; port++) {
      connection(port).syn();
    }
    assertThat(usedBlocks() * BlockPool.BLOCK_BYTES).isLessThanOrEqualTo(MEMORY / 16 * 15);
    long dropped = evidence.counters().packetsDropped();
    assertThat(dropped).isPositive();

    connection(1).synAck().clientAcks().clientSends(GET).serverSends(OK);

    assertThat(evidence.counters().packetsDropped()).isEqualTo(dropped);
  }

  @Test
  void shouldAllocateNothingForAPacketOnceItsMemoryIsThere() {
    byte[] tcp = PacketBuilder.tcp(40_000, 80, 0, 1, PacketBuilder.ACK, new byte[1_000]);
    byte[] ip = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2", PacketBuilder.TCP, tcp);
    Packet packet = PacketBuilder.packet(LinkType.RAW_IP, ip, 1, 1);
    ConnectionPackets packets = new ConnectionPackets(pool, packet.capturedOn(), MEMORY / 4);
    add(packets, packet, 10_000);

    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    add(packets, packet, 100_000);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(allocated).isLessThan(10_000);
  }

  private static void add(ConnectionPackets packets, Packet packet, int times) {
    for (int i = 0; i < times; i++) {
      packets.add(packet, false);
    }
  }
}
