// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.wirespan.generated.LibBpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

/** A perf ring in plain memory, written by one thread as the kernel writes one. */
final class SyntheticRing {
  static final long PAGE = 4096;

  private static final long HEAD = 1024;
  private static final long TAIL = 1032;
  private static final int EVENT_AT = 12;
  private static final int LOST_LENGTH = 24;
  private static final VarHandle POSITION = JAVA_LONG.varHandle();
  private static final int EVENT_LENGTH = (int) EventLayout.PACKET_EVENT.byteSize();

  private final MemorySegment mapped;
  private final MemorySegment data;
  private final MemorySegment record;

  /** Where each record ends, and its time; that of a record without one is that before it. */
  private final List<Long> ends = new ArrayList<>();

  private final List<Long> times = new ArrayList<>();

  /**
   * @param dataBytes a power of two
   */
  SyntheticRing(Arena arena, long dataBytes) {
    mapped = arena.allocate(PAGE + dataBytes, PAGE);
    data = mapped.asSlice(PAGE);
    record = arena.allocate(1 << 16, Long.BYTES);
  }

  /** What {@link PerfReader} maps. */
  MemorySegment mapped() {
    return mapped;
  }

  long head() {
    return (long) POSITION.getVolatile(mapped, HEAD);
  }

  long tail() {
    return (long) POSITION.getVolatile(mapped, TAIL);
  }

  /** Makes everything unread again, if it never went round the end. */
  void rewind() {
    POSITION.setVolatile(mapped, TAIL, 0L);
    reveal(Long.MAX_VALUE);
  }

  /** As if what came later than that had not been written yet. */
  void reveal(long untilTimestamp) {
    int records = 0;
    while (records < ends.size() && times.get(records) <= untilTimestamp) {
      records++;
    }
    POSITION.setVolatile(mapped, HEAD, records == 0 ? 0L : ends.get(records - 1));
  }

  /** A record that holds a packet of a flow; false if there is no room for it. */
  boolean write(long timestamp, int flowHash, byte[] packet) {
    return write(timestamp, flowHash, 1, (byte) 0, packet);
  }

  /** As the kernel program has it: no hash, no counters. */
  boolean writeFragment(long timestamp, byte[] packet) {
    return write(timestamp, 0, 0, (byte) 0, packet);
  }

  /**
   * @param part of the packet, as {@code enum event_part} has it
   */
  boolean write(long timestamp, int flowHash, long sentPackets, byte part, byte[] packet) {
    int rawLength = EVENT_LENGTH + packet.length;
    // As perf_prepare_sample has it: the record is a multiple of 8, its raw data takes the padding.
    int length = EVENT_AT + rawLength + 7 & ~7;
    record.asSlice(0, length).fill((byte) 0xa5);
    record.asSlice(EVENT_AT, EVENT_LENGTH).fill((byte) 0);
    setHeader(LibBpf.PERF_RECORD_SAMPLE(), length);
    record.set(JAVA_INT_UNALIGNED, 8, length - EVENT_AT);
    set(JAVA_LONG_UNALIGNED, "timestamp_ns", timestamp);
    set(JAVA_LONG_UNALIGNED, "sent_packets", sentPackets);
    set("flow_hash", flowHash);
    set("original_length", packet.length);
    set("captured_length", packet.length);
    set("wire_packets", 1);
    record.set(JAVA_BYTE, EVENT_AT + offset("part"), part);
    MemorySegment.copy(packet, 0, record, JAVA_BYTE, EVENT_AT + EVENT_LENGTH, packet.length);
    return publish(length, timestamp);
  }

  /** The record that says how many found no room. */
  boolean writeLost(long count) {
    record.asSlice(0, LOST_LENGTH).fill((byte) 0);
    setHeader(LibBpf.PERF_RECORD_LOST(), LOST_LENGTH);
    record.set(JAVA_LONG_UNALIGNED, 16, count);
    return publish(LOST_LENGTH, times.isEmpty() ? 0 : times.getLast());
  }

  private void setHeader(int type, int length) {
    record.set(JAVA_INT_UNALIGNED, 0, type);
    record.set(JAVA_SHORT_UNALIGNED, 6, (short) length);
  }

  private void set(String field, int value) {
    record.set(JAVA_INT_UNALIGNED, EVENT_AT + offset(field), value);
  }

  private void set(ValueLayout.OfLong layout, String field, long value) {
    record.set(layout, EVENT_AT + offset(field), value);
  }

  private static long offset(String field) {
    return EventLayout.offset(EventLayout.PACKET_EVENT, field);
  }

  private boolean publish(int length, long timestamp) {
    long head = head();
    // CIRC_SPACE: one byte stays free, lest a full ring looks like an empty one.
    if (length > data.byteSize() - (head - tail()) - 1) {
      return false;
    }
    long at = head & data.byteSize() - 1;
    long first = Math.min(length, data.byteSize() - at);
    MemorySegment.copy(record, 0, data, at, first);
    MemorySegment.copy(record, first, data, 0, length - first);
    ends.add(head + length);
    times.add(timestamp);
    POSITION.setRelease(mapped, HEAD, head + length);
    return true;
  }
}
