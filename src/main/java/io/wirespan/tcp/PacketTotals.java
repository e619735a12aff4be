// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.wirespan.capture.Packet;

/**
 * Packets and bytes that the two sides of a connection have sent, at IP level: counted here, or by
 * the kernel where the source passes on only some of the packets.
 */
final class PacketTotals {
  private long packetsOf0;
  private long packetsOf1;
  private long bytesOf0;
  private long bytesOf1;

  /** Counts a packet of one side and writes the totals into {@code stamp}. */
  void count(Packet packet, Segment segment, int side, Stamp stamp) {
    if (packet.hasFlowCounters()) {
      // Packets of several CPUs may come a little out of order: totals never go back.
      boolean from0 = side == 0;
      packetsOf0 = Math.max(packetsOf0, from0 ? packet.sentPackets() : packet.receivedPackets());
      packetsOf1 = Math.max(packetsOf1, from0 ? packet.receivedPackets() : packet.sentPackets());
      bytesOf0 = Math.max(bytesOf0, from0 ? packet.sentBytes() : packet.receivedBytes());
      bytesOf1 = Math.max(bytesOf1, from0 ? packet.receivedBytes() : packet.sentBytes());
    } else if (side == 0) {
      packetsOf0 += segment.packets;
      bytesOf0 += segment.ipBytes;
    } else {
      packetsOf1 += segment.packets;
      bytesOf1 += segment.ipBytes;
    }
    stamp.totals(packetsOf0, packetsOf1, bytesOf0, bytesOf1);
  }
}
