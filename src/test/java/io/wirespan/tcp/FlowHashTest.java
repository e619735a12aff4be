// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.capture.FlowShare;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlowHashTest {
  private static final int FLOWS = 40_000;
  private static final long IPV4_MAPPED = 0xffff_0000_0000L;

  private final Segment segment = new Segment();

  private Segment between(
      long sourceHigh, long sourceLow, int sourcePort, long high, long low, int port) {
    segment.sourceHigh = sourceHigh;
    segment.sourceLow = sourceLow;
    segment.sourcePort = sourcePort;
    segment.destinationHigh = high;
    segment.destinationLow = low;
    segment.destinationPort = port;
    return segment;
  }

  private void assertSameBothWays(
      long high0, long low0, int port0, long high1, long low1, int port1) {
    int there = FlowHash.of(between(high0, low0, port0, high1, low1, port1), 3);
    int back = FlowHash.of(between(high1, low1, port1, high0, low0, port0), 3);
    assertThat(back).isEqualTo(there);
    assertThat(FlowHash.of(segment, 4)).isNotEqualTo(there);
  }

  @Test
  void shouldBeTheSameForBothDirections() {
    assertSameBothWays(0, IPV4_MAPPED | 0x0a000001, 40_000, 0, IPV4_MAPPED | 0x0a000002, 80);
    // Ordered differently where the machine's byte order is not the network's.
    assertSameBothWays(0, IPV4_MAPPED | 0x0a000201, 80, 0, IPV4_MAPPED | 0x0a000102, 81);
    assertSameBothWays(0xfd77L << 48, 1, 80, 0xfd77L << 48, 2, 40_000);
    assertSameBothWays(0x2001_0db8_0000_0001L, 1, 80, 0x2001_0db8_0000_0002L, 1, 40_000);
    assertSameBothWays(0x2001_0db8_0000_0001L, 1, 80, 0xfe80L << 48, 1, 80);
    // One host with itself: the ports decide.
    assertSameBothWays(0, IPV4_MAPPED | 0x7f000001, 0x0100, 0, IPV4_MAPPED | 0x7f000001, 0x00ff);
  }

  /** Many ports of few hosts, and few ports of many: as a load balancer's two sides look. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 7, 16, 64})
  void shouldSpreadFlowsEvenly(int workers) {
    int[] byPort = new int[workers];
    int[] byHost = new int[workers];
    long server = IPV4_MAPPED | 0x0a010001;
    for (int i = 0; i < FLOWS; i++) {
      long client = IPV4_MAPPED | 0x0a000001 + i % 2;
      byPort[owner(FlowHash.of(between(0, client, 20_000 + i, 0, server, 8080), 0), workers)]++;
      client = IPV4_MAPPED | 0x0a020000 + i;
      byHost[owner(FlowHash.of(between(0, client, 40_000, 0, server, 8080), 0), workers)]++;
    }
    double fair = (double) FLOWS / workers;
    assertEven(byPort, fair);
    assertEven(byHost, fair);
  }

  private static void assertEven(int[] flows, double fair) {
    for (int each : flows) {
      assertThat((double) each).isBetween(0.75 * fair, 1.25 * fair);
    }
  }

  private static int owner(int hash, int workers) {
    int owner = -1;
    for (int worker = 0; worker < workers; worker++) {
      if (new FlowShare(worker, workers).includes(hash)) {
        if (owner >= 0) {
          throw new AssertionError("hash %08x is of %d and %d".formatted(hash, owner, worker));
        }
        owner = worker;
      }
    }
    return owner;
  }
}
