// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import static io.wirespan.tcp.Wrapping.later;

import io.wirespan.capture.Packet;

/**
 * Packets and bytes that the two sides of a connection have sent, at IP level: counted here, or by
 * the kernel where the source passes on only some of the packets.
 */
final class PacketTotals {
  private boolean begun;
  private long packetsOf0;
  private long packetsOf1;
  private long bytesOf0;
  private long bytesOf1;

  /** Counts a packet of one side and writes the totals into {@code stamp}. */
  void count(Packet packet, Segment segment, int side, Stamp stamp) {
    if (packet.hasFlowCounters()) {
      boolean from0 = side == 0;
      merge(
          from0 ? packet.sentPackets() : packet.receivedPackets(),
          from0 ? packet.receivedPackets() : packet.sentPackets(),
          from0 ? packet.sentBytes() : packet.receivedBytes(),
          from0 ? packet.receivedBytes() : packet.sentBytes());
    } else if (side == 0) {
      packetsOf0 += segment.packets;
      bytesOf0 += segment.ipBytes;
    } else {
      packetsOf1 += segment.packets;
      bytesOf1 += segment.ipBytes;
    }
    stamp.totals(packetsOf0, packetsOf1, bytesOf0, bytesOf1);
  }

  /** Packets of several CPUs may come a little out of order: totals never go back. */
  private void merge(long packets0, long packets1, long bytes0, long bytes1) {
    packetsOf0 = begun ? later(packetsOf0, packets0) : packets0;
    packetsOf1 = begun ? later(packetsOf1, packets1) : packets1;
    bytesOf0 = begun ? later(bytesOf0, bytes0) : bytes0;
    bytesOf1 = begun ? later(bytesOf1, bytes1) : bytes1;
    begun = true;
  }
}
