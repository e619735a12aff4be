// SPDX-License-Identifier: Apache-2.0
package io.wirespan.replay;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.wirespan.capture.CaptureFileSource;
import io.wirespan.capture.Captures;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketHandler;
import io.wirespan.capture.PacketSource;
import io.wirespan.capture.TraceRules;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.ExchangeTracker;
import io.wirespan.protocol.HeaderSelection;
import io.wirespan.protocol.ProtocolCounters;
import io.wirespan.protocol.ProtocolLimits;
import io.wirespan.tcp.ConnectionTable;
import io.wirespan.tcp.TcpConversation;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SteadyPathAllocationTest {
  private static final int PACKETS = 300_000;
  private static final int WARM_UP = 150_000;
  private static final int PAYLOAD = 100;

  /** Notes what its thread had allocated by the packet at which counting begins. */
  private static final class Meter implements PacketHandler {
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final PacketHandler handler;
    private long before;

    Meter(PacketHandler handler) {
      this.handler = handler;
    }

    @Override
    public void onPacket(Packet packet) {
      handler.onPacket(packet);
      if (packet.number() == WARM_UP) {
        before = threads.getCurrentThreadAllocatedBytes();
      }
    }

    long allocated() {
      return threads.getCurrentThreadAllocatedBytes() - before;
    }
  }

  @Test
  void shouldAllocateNothingForTheContentOfMessages() throws Exception {
    byte[] file = Captures.pcapng(SteadyPathAllocationTest::download);
    List<Exchange> exchanges = new ArrayList<>();
    ConnectionTable table =
        new ConnectionTable(
            new ExchangeTracker(
                exchanges::add,
                new HeaderSelection(Set.of(), Set.of()),
                ProtocolLimits.DEFAULTS,
                new ProtocolCounters()),
            TraceRules.BY_CONTENT);
    Meter meter = new Meter(table);
    long allocated;
    try (CaptureFileSource source = Captures.open(file)) {
      while (source.poll(meter, 0) != PacketSource.END) {}
      allocated = meter.allocated();
    }

    assertThat(exchanges).hasSize(1);
    assertThat(exchanges.getFirst().response().stats().bodyBytes())
        .isEqualTo((long) PACKETS * PAYLOAD);
    // Less than a byte a packet: the rest is the virtual machine's own.
    assertThat(allocated).isLessThan(PACKETS - WARM_UP);
  }

  private static void download(PacketHandler handler) {
    TcpConversation conversation = new TcpConversation(handler);
    conversation.handshake().clientSends("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
    long length = (long) PACKETS * PAYLOAD;
    conversation.serverSends("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n");
    byte[] content = new byte[PAYLOAD];
    for (int i = 0; i < PACKETS; i++) {
      conversation.serverSends(content);
      if (i % 2 == 1) {
        conversation.clientAcks();
      }
    }
  }
}
