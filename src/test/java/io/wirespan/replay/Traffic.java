// SPDX-License-Identifier: Apache-2.0
package io.wirespan.replay;

import static io.wirespan.replay.SentConnection.CLIENT;

import io.netty.buffer.Unpooled;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.Captures;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.PacketHandler;
import io.wirespan.capture.Side;
import io.wirespan.replay.SentConnection.Segment;
import io.wirespan.tcp.PacketBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * Random connections side by side, captured: some packets are delivered late by the capture, some
 * IP packets are fragmented, and of those that may be lost a share is.
 */
final class Traffic {
  private static final long START = 1_700_000_000_000_000_000L;
  private static final int MILLI = 1_000_000;
  private static final CaptureInterface ETHERNET =
      PacketBuilder.captureInterface(LinkType.ETHERNET, Side.UNKNOWN);

  private record Frame(long nanos, long deliveredNanos, byte[] bytes) {}

  final List<SentConnection> connections = new ArrayList<>();
  private final Random random;
  private final int lossPerMille;
  private final int maxLateNanos;
  private final Network network;
  private final List<Frame> frames = new ArrayList<>();

  /** Bytes that were captured at all, and when they were sent first; by connection and side. */
  private final List<BitSet[]> captured = new ArrayList<>();

  private final List<BitSet[]> capturedAtFirst = new ArrayList<>();

  /** Of a {@link Network#LOSSY} network if there is any loss, else of a rough one. */
  Traffic(long seed, int lossPerMille) {
    this(seed, lossPerMille > 0 ? Network.LOSSY : Network.ROUGH, lossPerMille);
  }

  Traffic(long seed, Network network, int lossPerMille) {
    this.random = new Random(seed);
    this.lossPerMille = lossPerMille;
    // Less than what is waited for a packet that the other side has acknowledged.
    this.network = network;
    this.maxLateNanos = network == Network.CALM ? 1 : 4 * MILLI;
    int count = 1 + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      SentConnection connection =
          new SentConnection(random, i, START + random.nextInt(50 * MILLI), network);
      connections.add(connection);
      capture(connection);
    }
    frames.sort(Comparator.comparingLong(Frame::deliveredNanos));
  }

  private void capture(SentConnection connection) {
    BitSet[] received = {new BitSet(), new BitSet()};
    captured.add(new BitSet[] {new BitSet(), new BitSet()});
    capturedAtFirst.add(new BitSet[] {new BitSet(), new BitSet()});
    for (Segment segment : connection.segments) {
      int side = segment.side();
      int contiguous = received[1 - side].nextClearBit(0);
      int end = segment.offset() + Math.max(segment.length(), isFin(segment) ? 1 : 0);
      if (segment.offset() >= 0) {
        received[side].set(segment.offset(), end);
      }
      if (frame(connection, segment, contiguous) && segment.length() > 0) {
        captured.get(connection.number)[side].set(segment.offset(), end);
        if (segment.first()) {
          capturedAtFirst.get(connection.number)[side].set(segment.offset(), end);
        }
      }
      if (segment.length() > 0 && random.nextBoolean()) {
        acknowledge(connection, segment, received);
      }
    }
  }

  private static boolean isFin(Segment segment) {
    return (segment.flags() & PacketBuilder.FIN) != 0;
  }

  private void acknowledge(SentConnection connection, Segment segment, BitSet[] received) {
    int side = 1 - segment.side();
    int offset = received[side].length();
    Segment ack = new Segment(segment.nanos() + 20_000, side, PacketBuilder.ACK, offset, 0, true);
    frame(connection, ack, received[segment.side()].nextClearBit(0));
  }

  /** False if the capture lost it. */
  private boolean frame(SentConnection connection, Segment segment, int received) {
    if (random.nextInt(1000) < lossPerMille) {
      return false;
    }
    byte[] tcp = connection.tcp(segment, received);
    String client = "10.0.0." + (1 + connection.number);
    String source = segment.side() == CLIENT ? client : "10.0.1.1";
    String destination = segment.side() == CLIENT ? "10.0.1.1" : client;
    long delivered = segment.nanos() + (random.nextInt(4) == 0 ? random.nextInt(maxLateNanos) : 0);
    if (network != Network.CALM && tcp.length > 100 && random.nextInt(30) == 0) {
      int id = random.nextInt(0x10000);
      byte[] first = Arrays.copyOf(tcp, 64);
      byte[] last = Arrays.copyOfRange(tcp, 64, tcp.length);
      int more = 0x2000;
      byte[] ip1 = PacketBuilder.ipv4(source, destination, PacketBuilder.TCP, id, more, first);
      byte[] ip2 = PacketBuilder.ipv4(source, destination, PacketBuilder.TCP, id, 8, last);
      boolean swapped = random.nextBoolean();
      add(segment.nanos(), delivered, swapped ? ip2 : ip1);
      add(segment.nanos(), delivered, swapped ? ip1 : ip2);
    } else {
      byte[] ip = PacketBuilder.ipv4(source, destination, PacketBuilder.TCP, tcp);
      add(segment.nanos(), delivered, ip);
    }
    return true;
  }

  private void add(long nanos, long delivered, byte[] ip) {
    byte[] frame = PacketBuilder.ethernet(PacketBuilder.IPV4, ip);
    boolean tagged = random.nextInt(10) == 0;
    if (tagged) {
      byte[] tag = PacketBuilder.vlan(7, PacketBuilder.IPV4, ip);
      frame = PacketBuilder.ethernet(0x8100, tag);
    }
    frames.add(new Frame(nanos, delivered, frame));
  }

  byte[] pcapng() {
    return Captures.pcapng(this::deliver);
  }

  private void deliver(PacketHandler handler) {
    Packet packet = new Packet();
    long number = 0;
    for (Frame frame : frames) {
      int length = frame.bytes.length;
      packet.wrap(
          ETHERNET,
          PacketDirection.UNKNOWN,
          Unpooled.wrappedBuffer(frame.bytes),
          0,
          length,
          length,
          frame.nanos,
          ++number);
      handler.onPacket(packet);
    }
  }

  /** How many of a stream's bytes were not captured, not even when they were sent again. */
  int missing(SentConnection connection, int side, int from, int end) {
    return end - from - captured.get(connection.number)[side].get(from, end).cardinality();
  }

  /** Those that were not captured when they were sent first. */
  int missingAtFirst(SentConnection connection, int side, int from, int end) {
    return end - from - capturedAtFirst.get(connection.number)[side].get(from, end).cardinality();
  }

  /** When the first and the last of these bytes crossed: the time of the packet that was first. */
  static long firstNanos(SentConnection connection, int side, int from) {
    return bringing(connection, side, from, from + 1);
  }

  static long lastNanos(SentConnection connection, int side, int from, int end) {
    return bringing(connection, side, from, end);
  }

  private static long bringing(SentConnection connection, int side, int from, int end) {
    return connection.segments.stream()
        .filter(each -> each.first() && each.side() == side && each.length() > 0)
        .filter(each -> each.offset() < end && each.offset() + each.length() > from)
        .mapToLong(Segment::nanos)
        .max()
        .orElseThrow();
  }
}
