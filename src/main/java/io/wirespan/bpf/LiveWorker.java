// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import io.wirespan.capture.CaptureCounters;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.HandshakeTimes;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.PacketHandler;
import io.wirespan.capture.PacketSource;
import io.wirespan.capture.SkipControl;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The packets of one worker's flows, and all IP fragments. Its counters are those of the kernel,
 * which counts for all workers together.
 */
final class LiveWorker implements PacketSource {
  private static final long TIMESTAMP = eventOffset("timestamp_ns");
  private static final long SENT_PACKETS = eventOffset("sent_packets");
  private static final long SENT_BYTES = eventOffset("sent_bytes");
  private static final long RECEIVED_PACKETS = eventOffset("received_packets");
  private static final long RECEIVED_BYTES = eventOffset("received_bytes");
  private static final long SYN = eventOffset("syn_ns");
  private static final long SYN_ACK = eventOffset("syn_ack_ns");
  private static final long HANDSHAKE_ACK = eventOffset("handshake_ack_ns");
  private static final long FLOW_HASH = eventOffset("flow_hash");
  private static final long LINK_ID = eventOffset("link_id");
  private static final long ORIGINAL_LENGTH = eventOffset("original_length");
  private static final long CAPTURED_LENGTH = eventOffset("captured_length");
  private static final long WIRE_PACKETS = eventOffset("wire_packets");
  private static final long IP_LENGTH = eventOffset("ip_length");
  private static final long NETWORK_OFFSET = eventOffset("network_offset");
  private static final long TRANSPORT_OFFSET = eventOffset("transport_offset");
  private static final long EGRESS = eventOffset("egress");
  private static final long SENT_ZERO_WINDOW = eventOffset("sent_zero_window");
  private static final long RECEIVED_ZERO_WINDOW = eventOffset("received_zero_window");
  private static final long STREAM_ID = eventOffset("stream_id");
  private static final long PAYLOAD_SKIPPED = eventOffset("payload_skipped");

  private final List<CaptureInterface> interfaces;
  private final Supplier<PerfReader> openRings;
  private final MonotonicClock clock;
  private final Supplier<CaptureCounters> counters;
  private final SkipControl skips;
  private final PollPace pace = new PollPace();
  private final Packet packet = new Packet();
  private final RecordedHandshake handshake = new RecordedHandshake();
  private final PerfReader.RecordHandler onRecord = this::onRecord;
  private Optional<PerfReader> opened = Optional.empty();
  private long packets;
  private PacketHandler handler = ignored -> {};

  /**
   * @param openRings called by the thread that polls first, and from then on owns this
   * @param clock for this worker only
   */
  LiveWorker(
      List<CaptureInterface> interfaces,
      Supplier<PerfReader> openRings,
      MonotonicClock clock,
      Supplier<CaptureCounters> counters,
      SkipControl skips) {
    this.interfaces = interfaces;
    this.openRings = openRings;
    this.clock = clock;
    this.counters = counters;
    this.skips = skips;
  }

  @Override
  public int poll(PacketHandler handler, int timeoutMillis) throws IOException {
    this.handler = handler;
    PerfReader rings = rings();
    int drained = rings.drain(onRecord);
    if (drained > 0) {
      pace.onRecords();
    } else if (timeoutMillis > 0) {
      rings.await(Math.min(timeoutMillis, pace.waitMillis()));
      drained = rings.drain(onRecord);
      pace.onBatch(drained, System.nanoTime() - rings.drainedNanos());
    }
    return drained;
  }

  private PerfReader rings() {
    if (opened.isEmpty()) {
      opened = Optional.of(openRings.get());
    }
    return opened.get();
  }

  private void onRecord(PerfRing record) {
    packet.wrap(
        interfaces.get(record.eventInt(LINK_ID)),
        record.eventByte(EGRESS) != 0 ? PacketDirection.EGRESS : PacketDirection.INGRESS,
        record.packetBytes(),
        record.packetIndex(),
        record.eventInt(CAPTURED_LENGTH),
        record.eventInt(ORIGINAL_LENGTH),
        clock.toEpochNanos(record.eventLong(TIMESTAMP)),
        ++packets);
    packet.wirePackets(record.eventInt(WIRE_PACKETS));
    packet.flowHash(record.eventInt(FLOW_HASH));
    int transportOffset = record.eventUnsignedShort(TRANSPORT_OFFSET);
    if (transportOffset != 0) {
      int networkOffset = record.eventUnsignedShort(NETWORK_OFFSET);
      packet.headers(networkOffset, transportOffset, record.eventInt(IP_LENGTH));
    }
    if (record.eventLong(SENT_PACKETS) != 0) {
      packet.flowCounters(
          record.eventLong(SENT_PACKETS),
          record.eventLong(SENT_BYTES),
          record.eventLong(RECEIVED_PACKETS),
          record.eventLong(RECEIVED_BYTES));
      handshake.record = record;
      packet.handshake(handshake);
      long sentZeroWindow = record.eventLong(SENT_ZERO_WINDOW);
      long receivedZeroWindow = record.eventLong(RECEIVED_ZERO_WINDOW);
      if ((sentZeroWindow | receivedZeroWindow) != 0) {
        zeroWindows(sentZeroWindow, receivedZeroWindow, record.eventLong(TIMESTAMP));
      }
      packet.stream(record.eventLong(STREAM_ID), record.eventByte(PAYLOAD_SKIPPED) != 0);
      if (record.hasSkipped()) {
        SkippedEvent.read(record, packet, clock);
      }
    }
    handler.onPacket(packet);
  }

  /** See {@code session_side.zero_window}. */
  private void zeroWindows(long sent, long received, long now) {
    packet.zeroWindows(
        isClosed(sent), zeroNanos(sent, now), isClosed(received), zeroNanos(received, now));
  }

  private static boolean isClosed(long zeroWindow) {
    return (zeroWindow & 1) != 0;
  }

  private static long zeroNanos(long zeroWindow, long now) {
    long nanos = zeroWindow >>> 1;
    return isClosed(zeroWindow) ? now - nanos : nanos;
  }

  /** Of the flow of a record. */
  private final class RecordedHandshake implements HandshakeTimes {
    private PerfRing record;

    @Override
    public long synEpochNanos() {
      return epochNanos(SYN);
    }

    @Override
    public long synAckEpochNanos() {
      return epochNanos(SYN_ACK);
    }

    @Override
    public long ackEpochNanos() {
      return epochNanos(HANDSHAKE_ACK);
    }

    private long epochNanos(long field) {
      long monotonicNanos = record.eventLong(field);
      return monotonicNanos == 0 ? 0 : clock.toEpochNanos(monotonicNanos);
    }
  }

  @Override
  public List<CaptureInterface> interfaces() {
    return interfaces;
  }

  /** The time up to which packets were handed over: what is missing then is missing. */
  @Override
  public long nowEpochNanos() {
    return opened
        .map(rings -> clock.toEpochNanos(rings.drainedNanos()))
        .orElseGet(clock::nowEpochNanos);
  }

  @Override
  public long clockCorrectionNanos() {
    return clock.correctionNanos();
  }

  @Override
  public SkipControl skipControl() {
    return skips;
  }

  @Override
  public CaptureCounters counters() {
    return counters.get();
  }

  @Override
  public void close() {
    opened.ifPresent(PerfReader::close);
  }

  private static long eventOffset(String field) {
    return EventLayout.offset(EventLayout.PACKET_EVENT, field);
  }
}
