// SPDX-License-Identifier: Apache-2.0
package io.wirespan.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.Side;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PacketChainTest {
  private static final CaptureInterface ETH0 =
      new CaptureInterface(0, "eth0", 2, LinkType.ETHERNET, Side.INSIDE, Optional.empty());

  private final BlockPool pool = new BlockPool(1 << 20);
  private final PacketChain chain = new PacketChain(pool);
  private final int allBlocks = pool.freeBlocks();

  private static Packet packet(Random random, long epochNanos) {
    int length = random.nextInt(4) == 0 ? random.nextInt(10_000) : random.nextInt(100);
    byte[] bytes = new byte[length + 7];
    random.nextBytes(bytes);
    Packet packet = new Packet();
    PacketDirection direction = PacketDirection.values()[random.nextInt(3)];
    packet.wrap(
        ETH0, direction, Unpooled.wrappedBuffer(bytes), 7, length, length + 5, epochNanos, 1);
    return packet;
  }

  private static String described(Packet packet) {
    return packet.timestampEpochNanos()
        + " "
        + packet.originalLength()
        + " "
        + packet.direction()
        + " "
        + ByteBufUtil.hexDump(packet.bytes(), packet.offset(), packet.capturedLength());
  }

  private List<String> content() {
    List<String> packets = new ArrayList<>();
    Packet packet = new Packet();
    ByteBuf memory = Unpooled.buffer();
    PacketChain.Reader reader = chain.reader(ETH0);
    while (reader.next(packet, memory, 0)) {
      packets.add(described(packet));
    }
    return packets;
  }

  @Test
  void shouldGiveBackWhatItTookInAnyOrderOfAddingAndDropping() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      Queue<String> expected = new ArrayDeque<>();
      Queue<Long> times = new ArrayDeque<>();
      Queue<Integer> lengths = new ArrayDeque<>();
      for (int step = 0; step < 60; step++) {
        if (random.nextInt(5) < 3) {
          Packet packet = packet(random, step);
          int before = pool.freeBlocks();
          int needed = chain.blocksFor(packet);
          chain.add(packet);
          assertThat(before - pool.freeBlocks()).isEqualTo(needed);
          expected.add(described(packet));
          times.add((long) step);
          lengths.add(packet.capturedLength());
        } else if (!chain.isEmpty()) {
          assertThat(chain.firstEpochNanos()).isEqualTo(times.remove());
          chain.dropFirst();
          expected.remove();
          lengths.remove();
        }
        assertThat(allBlocks - pool.freeBlocks()).isEqualTo(chain.blocks());
      }
      assertThat(content()).as("seed %d", seed).containsExactlyElementsOf(expected);
      assertThat(chain.packets()).isEqualTo(expected.size());
      assertThat(chain.bytes()).isEqualTo(lengths.stream().mapToLong(each -> each).sum());
      chain.clear();
      assertThat(pool.freeBlocks()).isEqualTo(allBlocks);
    }
  }
}
