// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.wirespan.capture.CaptureCounters;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.FlowShare;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.PacketSource;
import io.wirespan.capture.Side;
import io.wirespan.capture.SkipControl;
import io.wirespan.generated.LibBpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A ring full of what the kernel writes of 64 keep-alive connections, each of which asks and is
 * answered, again and again. {@link #refill} makes it the traffic that comes next.
 */
final class SyntheticTraffic {
  private static final int PAGE = 4096;
  private static final int RING = 1 << 20;
  private static final int CONNECTIONS = 64;
  private static final int HEADERS = 54;
  private static final int IP_AT = 14;
  private static final int TCP_AT = 34;
  private static final int EVENT_AT = 12;
  private static final long PACKET_AT = EVENT_AT + EventLayout.PACKET_EVENT.byteSize();
  private static final long DATA_HEAD = 1024;
  private static final String REQUEST =
      "GET / HTTP/1.1\r\nHost: 10.78.0.1:8080\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n";
  private static final String RESPONSE =
      "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
          + "Content-Type: text/html\r\nContent-Length: 615\r\n"
          + "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nConnection: keep-alive\r\n"
          + "ETag: \"63a2c1a5-267\"\r\nAccept-Ranges: bytes\r\n\r\n"
          + "x".repeat(615);

  private final MemorySegment mapped = Arena.global().allocate(PAGE + RING, PAGE);
  private final ReadPositions positions = new ReadPositions(1, 1);
  private final MonotonicClock clock = MonotonicClock.start();
  private long head;
  private final int rounds;
  private long nanos = System.nanoTime() - 3_600_000_000_000L;
  private int clientSequence = 1;
  private int serverSequence = 1;
  private long packets;

  SyntheticTraffic() {
    long round = CONNECTIONS * (recordLength(REQUEST) + recordLength(RESPONSE));
    rounds = (int) (RING / round);
  }

  /** Exchanges that a full ring holds. */
  int exchanges() {
    return rounds * CONNECTIONS;
  }

  private static long recordLength(String payload) {
    return PACKET_AT + HEADERS + payload.length() + 7 & ~7;
  }

  /** Writes further records; those before must have been read. */
  void refill() {
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < CONNECTIONS; i++) {
        write(true, i, REQUEST, clientSequence, serverSequence);
      }
      clientSequence += REQUEST.length();
      for (int i = 0; i < CONNECTIONS; i++) {
        write(false, i, RESPONSE, serverSequence, clientSequence);
      }
      serverSequence += RESPONSE.length();
    }
    mapped.set(JAVA_LONG, DATA_HEAD, head);
  }

  private void write(boolean request, int connection, String payload, int sequence, int ack) {
    int length = HEADERS + payload.length();
    byte[] record = new byte[(int) recordLength(payload)];
    MemorySegment segment = MemorySegment.ofArray(record);
    set(segment, 0, LibBpf.PERF_RECORD_SAMPLE());
    segment.set(JAVA_SHORT_UNALIGNED, 6, (short) record.length);
    nanos += 10_000;
    packets++;
    event(segment, "timestamp_ns", nanos);
    event(segment, "sent_packets", packets);
    event(segment, "sent_bytes", packets * 100);
    event(segment, "received_packets", packets);
    event(segment, "received_bytes", packets * 100);
    set(segment, EVENT_AT + offset("original_length"), length);
    set(segment, EVENT_AT + offset("captured_length"), length);
    set(segment, EVENT_AT + offset("wire_packets"), 1);
    event(segment, "stream_id", 2 * connection + (request ? 2 : 3));
    set(segment, EVENT_AT + offset("ip_length"), length - IP_AT);
    putShort(segment, "network_offset", IP_AT);
    putShort(segment, "transport_offset", TCP_AT);
    segment.set(JAVA_BYTE, EVENT_AT + offset("egress"), (byte) (request ? 0 : 1));
    ByteBuffer packet = ByteBuffer.wrap(record, (int) PACKET_AT, length);
    packet.position((int) PACKET_AT + 12);
    packet.putShort((short) 0x0800).putShort((short) 0x4500).putShort((short) (length - IP_AT));
    packet.putInt(0x4000).putInt(0x40060000);
    packet.putInt(request ? 0x0a4e0002 : 0x0a4e0001).putInt(request ? 0x0a4e0001 : 0x0a4e0002);
    packet.putShort((short) (request ? 40_000 + connection : 8080));
    packet.putShort((short) (request ? 8080 : 40_000 + connection));
    packet.putInt(sequence).putInt(ack).putShort((short) 0x5018).putShort((short) 501).putInt(0);
    packet.put(payload.getBytes(StandardCharsets.ISO_8859_1));
    for (int i = 0; i < record.length; i++) {
      mapped.set(JAVA_BYTE, PAGE + (head + i & RING - 1), record[i]);
    }
    head += record.length;
  }

  private static long offset(String field) {
    return EventLayout.offset(EventLayout.PACKET_EVENT, field);
  }

  private static void set(MemorySegment record, long at, int value) {
    record.set(JAVA_INT_UNALIGNED, at, value);
  }

  private static void event(MemorySegment record, String field, long value) {
    record.set(JAVA_LONG_UNALIGNED, EVENT_AT + offset(field), value);
  }

  private static void putShort(MemorySegment record, String field, int value) {
    record.set(JAVA_SHORT_UNALIGNED, EVENT_AT + offset(field), (short) value);
  }

  /** What reads the ring; for one thread. */
  PacketSource source() {
    CaptureInterface eth0 =
        new CaptureInterface(0, "eth0", 2, LinkType.ETHERNET, Side.INSIDE, Optional.empty());
    return new LiveWorker(
        List.of(eth0),
        () ->
            new PerfReader(
                List.of(mapped),
                PAGE,
                List.of(new RingIndex(Arena.global(), RingIndex.UNUSED, 1)),
                positions,
                FlowShare.ALL,
                new RingWatch(millis -> false)),
        clock,
        () -> new CaptureCounters(0, 0, 0, 0, 0, Map.of()),
        SkipControl.NONE);
  }
}
