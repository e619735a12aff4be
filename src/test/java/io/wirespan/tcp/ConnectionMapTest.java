// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.capture.LinkType;
import io.wirespan.capture.Packet;
import io.wirespan.capture.SkipControl;
import io.wirespan.capture.TraceRules;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionMapTest {
  private final ConnectionMap map = new ConnectionMap();
  private final Segment segment = new Segment();
  private final ConnectionKey key = new ConnectionKey(42);
  private final Packet packet = PacketBuilder.packet(LinkType.RAW_IP, new byte[0], 1, 1);

  @Test
  void shouldHoldWhatWasAddedAndNotRemoved() {
    Random random = new Random(1);
    Map<Integer, TrackedConnection> expected = new HashMap<>();
    for (int i = 0; i < 100_000; i++) {
      int port = random.nextInt(6000);
      setKey(port, 80);
      assertThat(map.find(key)).isSameAs(expected.get(port));
      if (expected.containsKey(port)) {
        map.remove(expected.remove(port));
      } else {
        TrackedConnection connection = connection(i);
        expected.put(port, connection);
        map.add(connection);
      }
      assertThat(map.size()).isEqualTo(expected.size());
    }
    assertThat(map.inOrderOfCreation())
        .containsExactlyInAnyOrderElementsOf(expected.values())
        .isSortedAccordingTo((a, b) -> Long.compare(a.number(), b.number()));
  }

  @Test
  void shouldFindBothDirectionsUnderOneKey() {
    int side = setKey(1000, 80);
    map.add(connection(1));
    swap();
    assertThat(key.set(segment, 0)).isEqualTo(1 - side);
    assertThat(map.find(key)).isNotNull();
    assertThat(key.set(segment, 1)).isEqualTo(1 - side);
    assertThat(map.find(key)).isNull();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 42, -1})
  void shouldSpreadNeighbouringPortsAndAddresses(long seed) {
    ConnectionKey seeded = new ConnectionKey(seed);
    BitSet slots = new BitSet();
    int count = 1 << 16;
    for (int i = 0; i < count; i++) {
      setKey(1024 + (i & 0x3fff), 80);
      segment.sourceLow += i >>> 14;
      seeded.set(segment, 0);
      slots.set(seeded.hash() & 2 * count - 1);
    }
    // A random function fills 2 * (1 - e^-0.5) = 0.787 slots a key.
    assertThat(slots.cardinality()).isGreaterThan((int) (0.7 * count));
  }

  private int setKey(int sourcePort, int destinationPort) {
    segment.sourceLow = 0xffff_0a00_0001L;
    segment.destinationLow = 0xffff_0a00_0002L;
    segment.sourcePort = sourcePort;
    segment.destinationPort = destinationPort;
    return key.set(segment, 0);
  }

  private void swap() {
    long low = segment.sourceLow;
    segment.sourceLow = segment.destinationLow;
    segment.destinationLow = low;
    int port = segment.sourcePort;
    segment.sourcePort = segment.destinationPort;
    segment.destinationPort = port;
  }

  private TrackedConnection connection(long number) {
    TcpCounters counters = new TcpCounters();
    ConnectionOpener opener = new ConnectionOpener(new RecordingHandlers(), TraceRules.BY_CONTENT);
    TcpContext context =
        new TcpContext(
            TcpLimits.Buffers.DEFAULT, counters, opener, ConnectionObserver.NONE, SkipControl.NONE);
    return new TrackedConnection(key.copy(), number, context, packet, 0);
  }
}
