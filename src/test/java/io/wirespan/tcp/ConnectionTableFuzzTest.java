// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.Side;
import io.wirespan.capture.TraceRules;
import io.wirespan.replay.FuzzInput;
import io.wirespan.replay.Mutations;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any segments at any place, in tables that are soon full: handlers are called as their contract
 * says, get the bytes that were sent, and caps hold.
 *
 * <p>An input is a list of segments of 9 bytes: connection and sender, flags, sequence number (2,
 * signed), acknowledgement (2, signed), payload length, bytes not captured, time.
 */
public final class ConnectionTableFuzzTest {
  private static final int MAX_OPEN = 3;
  private static final int MAX_BYTES = 6_000;
  private static final int MAX_SEGMENTS = 8;
  private static final CaptureInterface INTERFACE =
      PacketBuilder.captureInterface(LinkType.RAW_IP, Side.UNKNOWN);
  private static final TcpLimits SMALL =
      new TcpLimits(
          new TcpLimits.Connections(
              MAX_OPEN, 2, 2, 2_000_000_000L, 500_000_000L, 1_000_000_000L, 300_000_000L),
          new TcpLimits.Buffers(MAX_BYTES, 3_000, MAX_SEGMENTS, 100_000_000L, 5_000_000L),
          TcpLimits.Fragments.DEFAULT);

  public static List<byte[]> seeds() {
    int syn = PacketBuilder.SYN;
    int ack = PacketBuilder.ACK;
    int fin = PacketBuilder.FIN | ack;
    byte[] handshake = segments(0, syn, -1, 0, 0, 4, syn | ack, -1, 0, 0, 0, ack, 0, 0, 0);
    return List.of(
        join(handshake, segments(0, ack, 0, 0, 100, 4, ack, 0, 100, 200, 0, ack, 100, 200, 50)),
        join(handshake, segments(0, ack, 100, 0, 50, 0, ack, 0, 0, 150, 4, ack, 0, 150, 9)),
        join(handshake, segments(0, ack, 90, 0, 9, 4, ack, 0, 99, 9, 0, fin, 99, 9, 0)),
        join(handshake, segments(0, ack, 0, 0, 9, 4, PacketBuilder.RST, 0, 0, 0)),
        segments(
            1, ack, 500, 70, 80, 5, ack, 70, 580, 90, 5, fin, 160, 580, 0, 1, fin, 580, 161, 0),
        segments(2, syn, 5, 0, 0, 6, syn, 9, 0, 0, 2, syn | ack, 5, 10, 0, 6, ack, 10, 6, 70));
  }

  /** Five numbers a segment: sender, flags, sequence, acknowledgement, length. */
  private static byte[] segments(int... fields) {
    return PacketBuilder.bytes(
        out -> {
          for (int i = 0; i < fields.length; i += 5) {
            out.writeByte(fields[i]).writeByte(fields[i + 1]);
            out.writeShort(fields[i + 2]).writeShort(fields[i + 3]);
            out.writeByte(fields[i + 4]).writeByte(0).writeByte(1);
          }
        });
  }

  private static byte[] join(byte[] first, byte[] second) {
    return PacketBuilder.bytes(out -> out.writeBytes(first).writeBytes(second));
  }

  static List<byte[]> inputs() {
    return Mutations.of(seeds());
  }

  @ParameterizedTest
  @MethodSource("inputs")
  void shouldFollowAnySegments(byte[] segments) {
    fuzzerTestOneInput(segments);
  }

  public static void fuzzerTestOneInput(byte[] segments) {
    FuzzInput choices = new FuzzInput(segments);
    StrictHandlers handlers =
        new StrictHandlers(bound -> bound == 0 ? 0 : choices.u8() % bound).expectSequenceBytes();
    ConnectionTable table = new ConnectionTable(handlers, TraceRules.BY_CONTENT, SMALL);
    TcpCounters counters = table.counters();
    FuzzInput input = new FuzzInput(segments);
    Packet packet = new Packet();
    long now = 1_000_000_000L;
    for (long number = 1; input.hasMore(); number++) {
      byte[] ip = segment(input);
      int captured = Math.max(40, ip.length - input.u8() % 64);
      int time = input.u8();
      now += time > 250 ? (time - 250) * 400_000_000L : time * 20_000L;
      ByteBuf bytes = Unpooled.wrappedBuffer(ip);
      packet.wrap(INTERFACE, PacketDirection.UNKNOWN, bytes, 0, captured, ip.length, now, number);
      table.onPacket(packet);
      if (time == 249) {
        table.tick(now + 1_000_000_000L);
      }
      assertThat(bytes.readerIndex()).isZero();
      assertThat(bytes.writerIndex()).isEqualTo(ip.length);
      assertThat(counters.connectionsOpen()).isBetween(0L, (long) MAX_OPEN);
      // A segment may be split by what is buffered, which then costs some overhead more.
      assertThat(counters.bufferedBytes()).isBetween(0L, MAX_BYTES + MAX_SEGMENTS * 256L);
    }
    table.close(now);
    assertThat(counters.connectionsOpen()).isZero();
    assertThat(counters.bufferedBytes()).isZero();
    assertThat(counters.connectionsTotal()).isGreaterThanOrEqualTo(handlers.opened);
    assertThat(handlers.closed).isEqualTo(handlers.opened);
  }

  private static byte[] segment(FuzzInput input) {
    int which = input.u8();
    int client = 1000 + which % 4;
    boolean fromClient = (which & 4) == 0;
    int flags = input.u8();
    int initial = (which & 8) == 0 ? 0x1000 : -0x100;
    int sequence = initial + input.i16();
    int acknowledgement = initial + input.i16();
    byte[] payload = new byte[input.u8() * (1 + which / 64)];
    int first = sequence + ((flags & PacketBuilder.SYN) != 0 ? 1 : 0);
    for (int i = 0; i < payload.length; i++) {
      payload[i] = (byte) (first + i);
    }
    byte[] tcp =
        PacketBuilder.tcp(
            fromClient ? client : 80,
            fromClient ? 80 : client,
            sequence,
            acknowledgement,
            flags,
            payload);
    String clientAddress = "10.0.0.1";
    String serverAddress = "10.0.0.2";
    return PacketBuilder.ipv4(
        fromClient ? clientAddress : serverAddress,
        fromClient ? serverAddress : clientAddress,
        PacketBuilder.TCP,
        tcp);
  }
}
