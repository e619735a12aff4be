// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.netty.buffer.Unpooled;
import io.wirespan.capture.Packet;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Puts fragmented datagrams together again (RFC 791, section 3.2; RFC 8200, section 4.5), in any
 * order of their fragments. Where fragments overlap the first copy of a byte stays.
 *
 * <p>Fragments are rare, so unlike the rest of this room this one allocates.
 */
final class FragmentReassembler {
  private static final int MAX_DATAGRAM = 65_535;

  /** Fragments begin at multiples of this, in bytes, and but for the last they end there too. */
  private static final int BLOCK = 8;

  private record Key(
      int interfaceId,
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow,
      int identification,
      int protocol) {}

  private static final class Datagram {
    final long firstEpochNanos;
    final BitSet blocks = new BitSet();
    byte[] data = new byte[2048];
    int blocksHeld;
    int length = -1;
    int protocol;
    int packets;
    int ipBytes;

    Datagram(long firstEpochNanos) {
      this.firstEpochNanos = firstEpochNanos;
    }

    boolean isComplete() {
      return length >= 0 && blocksHeld == blocksIn(length);
    }

    /** Whether a fragment's end does not go with the length that others tell. */
    boolean contradictedBy(int end, boolean moreFragments) {
      if (length >= 0) {
        return moreFragments ? end > length : end != length;
      }
      return !moreFragments && blocks.length() > blocksIn(end);
    }

    private static int blocksIn(int length) {
      return (length + BLOCK - 1) / BLOCK;
    }
  }

  private final TcpLimits.Fragments limits;
  private final TcpCounters counters;

  /** In the order of their first fragments, so that the oldest expire from the front. */
  private final Map<Key, Datagram> datagrams = new LinkedHashMap<>();

  private int bytesHeld;

  FragmentReassembler(TcpLimits.Fragments limits, TcpCounters counters) {
    this.limits = limits;
    this.counters = counters;
  }

  /**
   * Takes the fragment at the cursor. True if its datagram is complete: then the cursor is at what
   * follows the IP header, and the segment counts the packets and bytes of all fragments.
   */
  boolean add(IpHeader ip, PacketCursor cursor, Packet packet, Segment segment) {
    counters.fragments++;
    cursor.fail(IgnoreReason.FRAGMENT);
    expire(packet.timestampEpochNanos());
    int length = cursor.wireRemaining();
    if (!Tunnels.mayHoldTcp(ip.protocol)) {
      cursor.fail(IgnoreReason.NOT_TCP);
      return false;
    }
    if (length != cursor.capturedRemaining()) {
      cursor.fail(IgnoreReason.TRUNCATED);
      return false;
    }
    if (ip.moreFragments) {
      length -= length % BLOCK;
    }
    int end = ip.fragmentOffset + length;
    if (length == 0 || end > MAX_DATAGRAM) {
      cursor.fail(IgnoreReason.MALFORMED);
      return false;
    }
    return addTo(keyOf(ip, packet), ip, cursor, length, packet, segment);
  }

  /** RFC 8200, 4.5: fragments may name different protocols and the first one's counts. */
  private static Key keyOf(IpHeader ip, Packet packet) {
    return new Key(
        packet.capturedOn().id(),
        ip.sourceHigh,
        ip.sourceLow,
        ip.destinationHigh,
        ip.destinationLow,
        ip.identification,
        ip.ipv6 ? -1 : ip.protocol);
  }

  private boolean addTo(
      Key key, IpHeader ip, PacketCursor cursor, int length, Packet packet, Segment segment) {
    Datagram datagram = datagrams.get(key);
    if (datagram == null) {
      datagram = new Datagram(packet.timestampEpochNanos());
      datagrams.put(key, datagram);
      bytesHeld += datagram.data.length;
    }
    int end = ip.fragmentOffset + length;
    if (datagram.contradictedBy(end, ip.moreFragments)) {
      drop(key, datagram);
      cursor.fail(IgnoreReason.MALFORMED);
      return false;
    }
    if (!ip.moreFragments) {
      datagram.length = end;
    }
    if (ip.fragmentOffset == 0) {
      datagram.protocol = ip.protocol;
    }
    datagram.packets += packet.wirePackets();
    datagram.ipBytes += ip.totalLength;
    copy(datagram, ip.fragmentOffset, cursor, length);
    if (!datagram.isComplete()) {
      enforceCaps();
      return false;
    }
    datagrams.remove(key);
    bytesHeld -= datagram.data.length;
    counters.datagramsReassembled++;
    segment.packets = datagram.packets;
    segment.ipBytes = datagram.ipBytes;
    ip.protocol = datagram.protocol;
    cursor.wrap(Unpooled.wrappedBuffer(datagram.data), 0, datagram.length);
    return !ip.ipv6 || ip.skipExtensions(cursor) && !ip.fragment;
  }

  private void copy(Datagram datagram, int offset, PacketCursor cursor, int length) {
    int end = offset + length;
    if (end > datagram.data.length) {
      bytesHeld -= datagram.data.length;
      int grown = Math.min(MAX_DATAGRAM, Math.max(end, 2 * datagram.data.length));
      datagram.data = Arrays.copyOf(datagram.data, grown);
      bytesHeld += grown;
    }
    int lastBlock = (end - 1) / BLOCK;
    int block = datagram.blocks.nextClearBit(offset / BLOCK);
    while (block <= lastBlock) {
      int held = datagram.blocks.nextSetBit(block);
      int until = held < 0 ? lastBlock + 1 : Math.min(held, lastBlock + 1);
      int from = block * BLOCK;
      int to = Math.min(until * BLOCK, end);
      cursor.bytes().getBytes(cursor.position() + from - offset, datagram.data, from, to - from);
      datagram.blocks.set(block, until);
      datagram.blocksHeld += until - block;
      block = datagram.blocks.nextClearBit(until);
    }
  }

  /** Drops what waited for its other fragments for too long. */
  void expire(long epochNanos) {
    Iterator<Map.Entry<Key, Datagram>> oldest = datagrams.entrySet().iterator();
    while (oldest.hasNext()) {
      Datagram datagram = oldest.next().getValue();
      if (epochNanos - datagram.firstEpochNanos < limits.timeoutNanos()) {
        return;
      }
      forget(oldest, datagram);
    }
  }

  private void enforceCaps() {
    Iterator<Map.Entry<Key, Datagram>> oldest = datagrams.entrySet().iterator();
    while ((datagrams.size() > limits.maxDatagrams() || bytesHeld > limits.maxBytes())
        && oldest.hasNext()) {
      forget(oldest, oldest.next().getValue());
    }
  }

  private void forget(Iterator<Map.Entry<Key, Datagram>> at, Datagram datagram) {
    at.remove();
    bytesHeld -= datagram.data.length;
    counters.datagramsDropped++;
  }

  private void drop(Key key, Datagram datagram) {
    datagrams.remove(key);
    bytesHeld -= datagram.data.length;
    counters.datagramsDropped++;
  }
}
