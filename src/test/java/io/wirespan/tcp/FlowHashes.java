// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.wirespan.capture.FlowShare;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.Packet;

/** The kernel program's hashes, for packets of tests outside this room. */
public final class FlowHashes {
  private FlowHashes() {}

  /**
   * The hash of an IPv4 packet's flow.
   *
   * @param segment from the TCP header on
   */
  public static int ofTcp(String source, String destination, byte[] segment, int interfaceId) {
    byte[] ip = PacketBuilder.ipv4(source, destination, PacketBuilder.TCP, segment);
    byte[] frame = PacketBuilder.ethernet(PacketBuilder.IPV4, ip);
    return of(PacketBuilder.packet(LinkType.ETHERNET, frame, 0, 1), interfaceId);
  }

  /** The hash of the flow of a packet that holds a whole segment. */
  public static int of(Packet packet, int interfaceId) {
    Segment segment = new Segment();
    SegmentDecoder decoder =
        new SegmentDecoder(TcpLimits.DEFAULT.fragments(), new TcpCounters(), FlowShare.ALL);
    if (!decoder.decode(packet, segment)) {
      throw new AssertionError("no segment");
    }
    return FlowHash.of(segment, interfaceId);
  }
}
