// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.Packet;
import io.wirespan.capture.TraceRules;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class AllocationTest {
  private static final int PACKETS = 100_000;
  private static final int PAYLOAD = 1000;

  private long delivered;

  private final class Counting implements StreamHandlerFactory, StreamHandler {
    @Override
    public Sender senderOf(ByteBuf payload) {
      return Sender.CLIENT;
    }

    @Override
    public StreamHandler open(Connection connection) {
      return this;
    }

    @Override
    public void onData(Direction direction, ByteBuf data, long offset, PacketStamp stamp) {
      delivered += data.readableBytes();
    }

    @Override
    public void onGap(
        Direction direction, long offset, long length, GapCause cause, PacketStamp stamp) {}

    @Override
    public void onEnd(Direction direction, PacketStamp stamp) {}

    @Override
    public void onClose(CloseReason reason, long epochNanos) {}
  }

  @Test
  void shouldAllocateNothingForSegmentsInOrder() {
    Counting counting = new Counting();
    ConnectionTable table = new ConnectionTable(counting, TraceRules.BY_CONTENT);
    byte[] tcp = PacketBuilder.tcp(40_000, 80, 0, 1, PacketBuilder.ACK, new byte[PAYLOAD]);
    byte[] ip = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2", PacketBuilder.TCP, tcp);
    Packet packet = PacketBuilder.packet(LinkType.RAW_IP, ip, 1, 1);
    send(table, packet, 0);

    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    send(table, packet, PACKETS);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(delivered).isEqualTo(2L * PACKETS * PAYLOAD);
    // Less than a byte a packet: the rest is the virtual machine's own.
    assertThat(allocated).isLessThan(PACKETS);
  }

  private static void send(ConnectionTable table, Packet packet, int from) {
    for (int i = from; i < from + PACKETS; i++) {
      packet.bytes().setInt(24, i * PAYLOAD);
      table.onPacket(packet);
    }
  }
}
