// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.Side;
import io.wirespan.capture.TraceRules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random streams, cut at random, repeated, overlapping, delivered late by the capture and in part
 * not at all, must come out as they went in, with gaps exactly where bytes were never captured.
 */
class StreamPropertyTest {
  private static final int MICROSECOND = 1_000;
  private static final int MILLISECOND = 1_000_000;
  private static final CaptureInterface INTERFACE =
      PacketBuilder.captureInterface(LinkType.RAW_IP, Side.UNKNOWN);

  private record Sent(long epochNanos, long deliveredNanos, byte[] bytes) {}

  static IntStream seeds() {
    return IntStream.range(0, 150);
  }

  private final RecordingHandlers handlers = new RecordingHandlers();
  private final ConnectionTable table = new ConnectionTable(handlers, TraceRules.BY_CONTENT);
  private final List<Sent> packets = new ArrayList<>();
  private Random random;
  private int clientInitial;
  private int serverInitial;
  private long now;

  @ParameterizedTest
  @MethodSource("seeds")
  void shouldDeliverEveryByteOnceInOrder(int seed) {
    byte[] data = prepare(seed);
    transfer(data, new boolean[data.length], true);
    deliver();
    assertThat(received()).isEqualTo(data);
    assertThat(table.counters().gapBytes()).isZero();
    assertThat(table.counters().bufferedBytes()).isZero();
    assertThat(handlers.only().events).contains("> end");
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void shouldReportExactlyTheBytesThatWereLost(int seed) {
    byte[] data = prepare(seed);
    boolean[] lost = new boolean[data.length];
    transfer(data, lost, false);
    deliver();
    byte[] expected = data.clone();
    int count = 0;
    for (int i = 0; i < data.length; i++) {
      if (lost[i]) {
        expected[i] = 0;
        count++;
      }
    }
    assertThat(received()).isEqualTo(expected);
    assertThat(table.counters().gapBytes(GapCause.LOST)).isEqualTo(count);
    assertThat(table.counters().bufferedBytes()).isZero();
  }

  private byte[] prepare(int seed) {
    random = new Random(seed);
    clientInitial = seed % 3 == 0 ? -random.nextInt(5000) : random.nextInt();
    serverInitial = random.nextInt();
    byte[] data = new byte[1 + random.nextInt(20_000)];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) (1 + random.nextInt(255));
    }
    now = 1_000_000_000L;
    fromClient(-1, PacketBuilder.SYN, new byte[0], 0);
    now += MILLISECOND;
    fromServer(-1, 0, PacketBuilder.SYN | PacketBuilder.ACK);
    now += MILLISECOND;
    fromClient(0, PacketBuilder.ACK, new byte[0], 0);
    return data;
  }

  /** Sends the data; the other side acknowledges it at once, whether it was captured or not. */
  private void transfer(byte[] data, boolean[] lost, boolean repeat) {
    int maxSegment = 1 + random.nextInt(1500);
    int end;
    for (int at = 0; at < data.length; at = end) {
      end = Math.min(data.length, at + 1 + random.nextInt(maxSegment));
      now += MICROSECOND * (1 + random.nextInt(300));
      if (!repeat && random.nextInt(10) == 0) {
        Arrays.fill(lost, at, end, true);
      } else {
        fromClient(at, PacketBuilder.ACK, Arrays.copyOfRange(data, at, end), late());
      }
      if (random.nextBoolean()) {
        now += MICROSECOND;
        fromServer(0, end, PacketBuilder.ACK);
      }
      if (repeat && random.nextInt(4) == 0) {
        repeat(random.nextInt(end), end);
      }
    }
    now += 2 * MILLISECOND;
    fromClient(data.length, PacketBuilder.ACK | PacketBuilder.FIN, new byte[0], late());
  }

  /**
   * Bytes sent again, and wrongly: the first copy counts, so it must have been captured by then.
   */
  private void repeat(int from, int end) {
    now += MILLISECOND;
    byte[] wrong = new byte[1 + random.nextInt(end - from)];
    fromClient(from, PacketBuilder.ACK, wrong, 0);
  }

  /** How much later than it was seen the capture delivers a packet: less than a millisecond. */
  private long late() {
    return random.nextInt(4) == 0 ? random.nextInt(MILLISECOND) : 0;
  }

  private void fromClient(int offset, int flags, byte[] payload, long late) {
    int ack = (flags & PacketBuilder.ACK) != 0 ? serverInitial + 1 : 0;
    byte[] tcp = PacketBuilder.tcp(40_000, 80, clientInitial + 1 + offset, ack, flags, payload);
    send("10.0.0.1", "10.0.0.2", tcp, late);
  }

  private void fromServer(int offset, int acknowledged, int flags) {
    int ack = clientInitial + 1 + acknowledged;
    byte[] tcp = PacketBuilder.tcp(80, 40_000, serverInitial + 1 + offset, ack, flags, new byte[0]);
    send("10.0.0.2", "10.0.0.1", tcp, 0);
  }

  private void send(String source, String destination, byte[] tcp, long late) {
    byte[] ip = PacketBuilder.ipv4(source, destination, PacketBuilder.TCP, tcp);
    packets.add(new Sent(now, now + late, ip));
  }

  private void deliver() {
    packets.sort(Comparator.comparingLong(Sent::deliveredNanos));
    Packet packet = new Packet();
    long number = 0;
    for (Sent sent : packets) {
      int length = sent.bytes.length;
      packet.wrap(
          INTERFACE,
          PacketDirection.UNKNOWN,
          Unpooled.wrappedBuffer(sent.bytes),
          0,
          length,
          length,
          sent.epochNanos,
          ++number);
      table.onPacket(packet);
    }
    table.close(now);
  }

  private byte[] received() {
    return handlers.only().stream(Direction.CLIENT_TO_SERVER);
  }
}
