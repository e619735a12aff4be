// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import io.wirespan.capture.Packet;
import io.wirespan.capture.SkippedBytes;

/** Reads the two {@code struct skipped} behind a {@code struct packet_event}. */
final class SkippedEvent {
  private static final long LAST = offset("last_ns");
  private static final long SENT_PACKETS = offset("sent_packets");
  private static final long SENT_BYTES = offset("sent_bytes");
  private static final long RECEIVED_PACKETS = offset("received_packets");
  private static final long RECEIVED_BYTES = offset("received_bytes");
  private static final long SENT_ZERO_WINDOW = offset("sent_zero_window");
  private static final long RECEIVED_ZERO_WINDOW = offset("received_zero_window");
  private static final long FROM = offset("from");
  private static final long UNTIL = offset("until");
  private static final long RETRANSMITTED = offset("retransmitted");

  private SkippedEvent() {}

  /** Adds them to the packet of the ring's current sample, which must have them. */
  static void read(PerfRing record, Packet packet, MonotonicClock clock) {
    read(record, PerfRing.skippedOffset(0), packet.skippedOfSender(), clock);
    read(record, PerfRing.skippedOffset(1), packet.skippedOfReceiver(), clock);
    packet.withSkipped();
  }

  private static void read(PerfRing record, long at, SkippedBytes skipped, MonotonicClock clock) {
    skipped.set(
        record.eventInt(at + FROM),
        record.eventInt(at + UNTIL),
        record.eventInt(at + RETRANSMITTED));
    skipped.last(
        clock.toEpochNanos(record.eventLong(at + LAST)),
        record.eventLong(at + SENT_PACKETS),
        record.eventLong(at + SENT_BYTES),
        record.eventLong(at + RECEIVED_PACKETS),
        record.eventLong(at + RECEIVED_BYTES));
    skipped.zeroWindows(
        record.eventLong(at + SENT_ZERO_WINDOW), record.eventLong(at + RECEIVED_ZERO_WINDOW));
  }

  private static long offset(String field) {
    return EventLayout.offset(EventLayout.SKIPPED, field);
  }
}
