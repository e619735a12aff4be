// SPDX-License-Identifier: Apache-2.0
package io.wirespan.replay;

import io.wirespan.tcp.PacketBuilder;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * A TCP connection with random exchanges on it, as a network would carry them: segments of any
 * length, sent again, in other pieces, or only at the second attempt. A receiver acknowledges what
 * it has.
 */
final class SentConnection {
  /** A segment of a side; {@code first} if it is the first to bring its bytes. */
  record Segment(long nanos, int side, int flags, int offset, int length, boolean first) {}

  static final int CLIENT = 0;
  static final int SERVER = 1;

  private static final int MICRO = 1_000;
  private static final int MILLI = 1_000_000;
  private static final int SYN_OFFSET = -1;

  final int number;
  final boolean pipelined;

  /** Whether the last response has no length and ends with the connection. */
  final boolean closes;

  final List<SentExchange> exchanges = new ArrayList<>();
  final List<Segment> segments = new ArrayList<>();
  private final Random random;
  private final byte[][] streams = new byte[2][];
  private final int[] initial = new int[2];
  private final Network network;
  private final int maxSegment;
  private long now;

  SentConnection(Random random, int number, long startNanos, Network network) {
    this.random = random;
    this.number = number;
    this.now = startNanos;
    this.network = network;
    this.pipelined = network != Network.CALM && random.nextInt(4) == 0;
    this.maxSegment = 1 + random.nextInt(1460);
    initial[CLIENT] = random.nextInt(3) == 0 ? -random.nextInt(5000) : random.nextInt();
    initial[SERVER] = random.nextInt();
    this.closes = network != Network.CALM && random.nextInt(4) == 0;
    invent(1 + random.nextInt(8));
    handshake();
    int batch = pipelined ? exchanges.size() : 1;
    for (int i = 0; i < exchanges.size(); i += batch) {
      exchange(exchanges.get(i), exchanges.get(i + batch - 1));
    }
    end(closes ? SERVER : random.nextInt(2));
    segments.sort(Comparator.comparingLong(Segment::nanos));
  }

  private void invent(int count) {
    ByteArrayOutputStream requests = new ByteArrayOutputStream();
    ByteArrayOutputStream responses = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      SentExchange exchange =
          SentExchange.random(
              random,
              number + "-" + i,
              requests.size(),
              responses.size(),
              closes && i == count - 1);
      exchanges.add(exchange);
      requests.writeBytes(exchange.request().bytes());
      responses.writeBytes(exchange.response().bytes());
    }
    streams[CLIENT] = requests.toByteArray();
    streams[SERVER] = responses.toByteArray();
  }

  private void handshake() {
    add(CLIENT, PacketBuilder.SYN, SYN_OFFSET, 0);
    pause(5 * MILLI);
    add(SERVER, PacketBuilder.SYN | PacketBuilder.ACK, SYN_OFFSET, 0);
    pause(5 * MILLI);
    add(CLIENT, PacketBuilder.ACK, 0, 0);
    pause(100 * MICRO);
  }

  /** Requests and their responses; more than one of each are pipelined. */
  private void exchange(SentExchange first, SentExchange last) {
    send(CLIENT, first.requestOffset(), last.requestEnd());
    pause(100 * MICRO);
    send(SERVER, first.responseOffset(), last.responseEnd());
    pause(100 * MICRO);
  }

  private void pause(long nanos) {
    now += nanos + random.nextInt(MILLI);
  }

  private void add(int side, int flags, int offset, int length) {
    segments.add(new Segment(now, side, flags, offset, length, true));
  }

  private void send(int side, int from, int end) {
    long arrived = now;
    // No more than a receiver keeps of what overtook a segment.
    boolean mayBeLate = network != Network.CALM && 2 * (end - from) / maxSegment < 500;
    for (int at = from; at < end; ) {
      // tshark recognises a message by a first line in one packet.
      int least = network == Network.CALM && at == from ? 40 : 1;
      int length = Math.min(end - at, least + random.nextInt(maxSegment));
      if (network == Network.CALM && end - at - length < 4) {
        // To tshark the last chunk is the end, without the empty line (RFC 9112, section 7.1).
        length = end - at;
      }
      now += (1 + random.nextInt(200)) * MICRO;
      // One in fifty is lost before the capture sees it, and comes with its retransmission only.
      long nanos =
          mayBeLate && random.nextInt(50) == 0 ? now + (30 + random.nextInt(170)) * MILLI : now;
      segments.add(new Segment(nanos, side, PacketBuilder.ACK, at, length, true));
      arrived = Math.max(arrived, nanos);
      at += length;
      if (network != Network.CALM && random.nextInt(8) == 0) {
        repeat(side, from, at, arrived);
      }
    }
    now = arrived;
  }

  /**
   * Bytes that have all arrived, in other pieces than at first; behind what a capture may deliver
   * late. Nobody sends again what was answered, which matters if it is all that was captured.
   */
  private void repeat(int side, int begin, int end, long arrived) {
    boolean lossy = network == Network.LOSSY;
    int from = lossy ? begin : Math.max(0, end - 1 - random.nextInt(2000));
    int length = Math.min(end - from, 1 + random.nextInt(1460));
    long later = arrived + 1 + (lossy ? 0 : 5 * MILLI) + random.nextInt(10 * MICRO);
    segments.add(new Segment(later, side, PacketBuilder.ACK, from, length, false));
  }

  private void end(int firstSide) {
    if (!closes && random.nextInt(4) == 0) {
      // Still open when the capture ends.
      return;
    }
    // Behind all repetitions.
    pause(300 * MILLI);
    int fin = PacketBuilder.FIN | PacketBuilder.ACK;
    if (!closes && random.nextInt(4) == 0) {
      add(firstSide, PacketBuilder.RST | PacketBuilder.ACK, streams[firstSide].length, 0);
      return;
    }
    add(firstSide, fin, streams[firstSide].length, 0);
    pause(6 * MILLI);
    add(1 - firstSide, fin, streams[1 - firstSide].length, 0);
  }

  /** The TCP part of a segment, which acknowledges the other side's first {@code received}. */
  byte[] tcp(Segment segment, int received) {
    int side = segment.side;
    boolean ack = (segment.flags & PacketBuilder.ACK) != 0;
    byte[] payload =
        segment.length == 0
            ? new byte[0]
            : Arrays.copyOfRange(streams[side], segment.offset, segment.offset + segment.length);
    return PacketBuilder.tcp(
        port(side),
        port(1 - side),
        initial[side] + 1 + segment.offset,
        ack ? initial[1 - side] + 1 + received : 0,
        segment.flags,
        payload);
  }

  int port(int side) {
    return side == CLIENT ? 20_000 + number : 80;
  }

  int length(int side) {
    return streams[side].length;
  }
}
