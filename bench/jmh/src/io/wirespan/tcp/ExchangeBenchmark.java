// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.Side;
import io.wirespan.capture.TraceRules;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.ExchangeTracker;
import io.wirespan.protocol.HeaderSelection;
import io.wirespan.protocol.ProtocolCounters;
import io.wirespan.protocol.ProtocolLimits;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** An exchange of a keep-alive connection, from its two packets to the finished record. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 1)
public class ExchangeBenchmark {
  private static final int CONNECTIONS = 64;
  private static final int HEADERS = 54;
  private static final int SEQUENCE_AT = 38;
  private static final String REQUEST = "GET / HTTP/1.1\r\nHost: 10.78.0.1:8080\r\n\r\n";
  private static final String RESPONSE =
      "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
          + "Content-Type: text/plain\r\nContent-Length: 6\r\nConnection: keep-alive\r\n\r\nhello\n";

  private final CaptureInterface eth0 =
      new CaptureInterface(0, "eth0", 2, LinkType.ETHERNET, Side.INSIDE, Optional.empty());
  private final Packet packet = new Packet();
  private final ByteBuf[] requests = new ByteBuf[CONNECTIONS];
  private final ByteBuf[] responses = new ByteBuf[CONNECTIONS];
  private final int[] clientSequence = new int[CONNECTIONS];
  private final int[] serverSequence = new int[CONNECTIONS];
  private final ConnectionTable table =
      new ConnectionTable(
          new ExchangeTracker(
              this::onExchange,
              new HeaderSelection(Set.of(), Set.of()),
              ProtocolLimits.DEFAULTS,
              new ProtocolCounters()),
          TraceRules.BY_CONTENT);
  private long nanos = 1_700_000_000_000_000_000L;
  private long packets;
  private long exchanges;
  private int next;

  public ExchangeBenchmark() {
    for (int i = 0; i < CONNECTIONS; i++) {
      requests[i] = segment(0x0a4e0002, 40_000 + i, 0x0a4e0001, 8080, REQUEST);
      responses[i] = segment(0x0a4e0001, 8080, 0x0a4e0002, 40_000 + i, RESPONSE);
    }
  }

  private static ByteBuf segment(int from, int fromPort, int to, int toPort, String payload) {
    return Unpooled.directBuffer()
        .writeZero(12)
        .writeShort(0x0800)
        .writeShort(0x4500)
        .writeShort(HEADERS - 14 + payload.length())
        .writeInt(0x4000)
        .writeInt(0x40060000)
        .writeInt(from)
        .writeInt(to)
        .writeShort(fromPort)
        .writeShort(toPort)
        .writeLong(0)
        .writeShort(0x5018)
        .writeShort(501)
        .writeInt(0)
        .writeBytes(payload.getBytes(StandardCharsets.ISO_8859_1));
  }

  private void onExchange(Exchange exchange) {
    exchanges++;
  }

  /** All connections have a request under way before the first is answered. */
  @Benchmark
  public long exchange() {
    int connection = next++ & CONNECTIONS - 1;
    if (connection == 0) {
      for (int i = 0; i < CONNECTIONS; i++) {
        send(requests[i], clientSequence[i], serverSequence[i], PacketDirection.INGRESS);
        clientSequence[i] += REQUEST.length();
      }
    }
    send(
        responses[connection],
        serverSequence[connection],
        clientSequence[connection],
        PacketDirection.EGRESS);
    serverSequence[connection] += RESPONSE.length();
    return exchanges;
  }

  private void send(ByteBuf bytes, int sequence, int acknowledged, PacketDirection direction) {
    bytes.setInt(SEQUENCE_AT, sequence).setInt(SEQUENCE_AT + 4, acknowledged);
    int length = bytes.readableBytes();
    nanos += 1_000;
    packet.wrap(eth0, direction, bytes, 0, length, length, nanos, ++packets);
    table.onPacket(packet);
  }
}
