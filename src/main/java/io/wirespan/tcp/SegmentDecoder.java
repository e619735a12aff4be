// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.wirespan.capture.FlowShare;
import io.wirespan.capture.Packet;

/**
 * Finds the TCP segment in a packet, through link headers, tags, IP options and extensions,
 * fragments and plain tunnels. Any bytes are safe. Checksums are not looked at: captured before
 * offload they are wrong by design.
 *
 * <p>What the segment says of addresses is the innermost IP header's.
 */
final class SegmentDecoder {
  private static final int MAX_IP_HEADERS = 4;
  private static final int TCP_LENGTH = 20;

  private final TcpCounters counters;
  private final FlowShare share;
  private final FragmentReassembler fragments;
  private final PacketCursor cursor = new PacketCursor();
  private final IpHeader ip = new IpHeader();

  SegmentDecoder(TcpLimits.Fragments limits, TcpCounters counters) {
    this(limits, counters, FlowShare.ALL);
  }

  /**
   * @param share the flows that packets without a flow of their own are looked through for
   */
  SegmentDecoder(TcpLimits.Fragments limits, TcpCounters counters, FlowShare share) {
    this.counters = counters;
    this.share = share;
    this.fragments = new FragmentReassembler(limits, counters);
  }

  /**
   * Whether the packet holds a segment, now in {@code segment}, of our share of the flows; if it
   * holds none, why is counted.
   */
  boolean decode(Packet packet, Segment segment) {
    cursor.wrap(packet);
    segment.payloadSkipped = packet.isPayloadSkipped();
    boolean found = findTcp(packet, segment) && decodeTcp(segment);
    if (found) {
      takeEndpoints(segment);
    }
    if (isGivenToAll(packet)) {
      return accountShared(packet, segment, found);
    }
    return account(found);
  }

  /**
   * As {@link #decode}, of a packet that {@linkplain Packet#hasHeaders says} where its headers are,
   * but without the endpoints.
   */
  boolean decodeFound(Packet packet, Segment segment) {
    cursor.wrap(packet);
    cursor.skip(packet.tcpOffset());
    cursor.cut(packet.tcpLength());
    segment.packets = packet.wirePackets();
    segment.ipBytes = packet.ipLength();
    segment.payloadSkipped = packet.isPayloadSkipped();
    return account(decodeTcp(segment));
  }

  /** Fragments: the source cannot tell whose they are, and every worker puts them together. */
  private boolean isGivenToAll(Packet packet) {
    return !share.isAll() && !packet.hasFlowCounters();
  }

  /** Together the workers count such a packet once: its flow's, or if it has none the first one. */
  private boolean accountShared(Packet packet, Segment segment, boolean found) {
    boolean ours =
        found ? share.includes(FlowHash.of(segment, packet.capturedOn().id())) : share.isFirst();
    return ours && account(found);
  }

  private boolean account(boolean found) {
    counters.packets++;
    if (found) {
      counters.segments++;
    } else {
      counters.countIgnored(cursor.failure());
    }
    return found;
  }

  void expire(long epochNanos) {
    fragments.expire(epochNanos);
  }

  private boolean findTcp(Packet packet, Segment segment) {
    boolean reassembled = false;
    int type = LinkHeader.skip(cursor, packet.capturedOn().linkType());
    for (int depth = 0; type != PacketCursor.FAILED; depth++) {
      if (depth == MAX_IP_HEADERS) {
        cursor.fail(IgnoreReason.NESTED_TOO_DEEP);
        return false;
      }
      if (!ip.decode(cursor, type)) {
        return false;
      }
      if (!reassembled) {
        segment.packets = packet.wirePackets();
        segment.ipBytes = ip.totalLength;
      }
      if (ip.fragment) {
        if (!fragments.add(ip, cursor, packet, segment)) {
          return false;
        }
        reassembled = true;
      }
      if (ip.protocol == IpHeader.TCP) {
        return true;
      }
      type = Tunnels.skip(cursor, ip.protocol);
    }
    return false;
  }

  /** RFC 9293, section 3.1. The urgent pointer is ignored: its data stays in the stream. */
  private boolean decodeTcp(Segment segment) {
    if (!cursor.require(TCP_LENGTH)) {
      return false;
    }
    // Acknowledgement number, data offset, flags and window.
    long second = cursor.longAt(8);
    int lengthAndFlags = (int) (second >>> 16) & 0xffff;
    int headerLength = (lengthAndFlags >>> 12) * 4;
    int payloadLength = cursor.wireRemaining() - headerLength;
    if (headerLength < TCP_LENGTH || payloadLength < 0) {
      cursor.fail(IgnoreReason.MALFORMED);
      return false;
    }
    segment.sequence = cursor.intAt(4);
    segment.acknowledgement = (int) (second >>> 32);
    segment.flags = lengthAndFlags & 0xff;
    segment.window = (int) second & 0xffff;
    segment.bytes = cursor.bytes();
    segment.payloadIndex = cursor.position() + headerLength;
    segment.payloadCaptured = Math.max(0, cursor.capturedRemaining() - headerLength);
    segment.payloadLength = payloadLength;
    return true;
  }

  private void takeEndpoints(Segment segment) {
    int ports = cursor.intAt(0);
    segment.ipv6 = ip.ipv6;
    segment.sourceHigh = ip.sourceHigh;
    segment.sourceLow = ip.sourceLow;
    segment.destinationHigh = ip.destinationHigh;
    segment.destinationLow = ip.destinationLow;
    segment.sourcePort = ports >>> 16;
    segment.destinationPort = ports & 0xffff;
  }
}
