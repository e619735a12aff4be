// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.wirespan.capture.FlowShare;
import io.wirespan.generated.LibBpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Whose each record of a ring is, for workers to look up. A worker that walks the ring itself waits
 * for memory at every record, as only the record's head says where the next one is; entries lie
 * side by side. The worker that first meets new records enters them for all.
 *
 * <pre>
 *   31  30          16  15  14   13 12              0
 *   +---+-------------+----+-------+-----------------+
 *   | 0 | worker      | 0  | kind  | length / 8      |
 *   +---+-------------+----+-------+-----------------+
 * </pre>
 *
 * <p>It has room for as many records as the ring can hold: an entry is overwritten only once the
 * kernel was given back what it stands for, and so every worker has gone past it.
 */
final class RingIndex {
  /** The record is the packet of a flow, and of the worker that the entry names. */
  static final int OF_WORKER = 0;

  /** The record is an IP fragment: it has no ports, and every worker puts them together. */
  static final int OF_ALL = 1;

  /** The record is for nobody by itself. */
  static final int OF_NONE = 2;

  /** The record says how many found no room. */
  static final int LOST = 3;

  private static final int RECORD_HEADER_LENGTH = 8;
  private static final int EVENT_AT = RECORD_HEADER_LENGTH + Integer.BYTES;
  private static final long PART = EventLayout.offset(EventLayout.PACKET_EVENT, "part");
  private static final long FLOW_HASH = EventLayout.offset(EventLayout.PACKET_EVENT, "flow_hash");
  private static final long SENT_PACKETS =
      EventLayout.offset(EventLayout.PACKET_EVENT, "sent_packets");

  /** Records of the kernel's have multiples of this. */
  private static final int ALIGNMENT = 8;

  /** No sample is shorter; of other records there are few. */
  private static final int LEAST_RECORD = 64;

  /** For {@code ringBytes} where there is one worker, which reads the records themselves. */
  static final long UNUSED = LEAST_RECORD;

  private static final int LENGTH_BITS = 13;
  private static final int KIND_MASK = 3;
  private static final int WORKER_SHIFT = 16;

  private final int workers;
  private final MemorySegment entries;
  private final long mask;

  /** How far records were entered, and how many; written under the lock, the count last. */
  private volatile long position;

  private volatile long count;

  /**
   * An empty index.
   *
   * @param arena shared, as every worker writes to it and reads from it
   */
  RingIndex(Arena arena, long ringBytes, int workers) {
    this.workers = workers;
    this.mask = ringBytes / LEAST_RECORD - 1;
    this.entries = arena.allocate(JAVA_INT, mask + 1);
  }

  /** Enters what there is before {@code head}, unless another worker has. */
  void extend(MemorySegment data, long head) {
    if (position < head) {
      enter(data, head);
    }
  }

  /** Those who wait for this would have had to do the same. */
  private synchronized void enter(MemorySegment data, long head) {
    long at = position;
    long entered = count;
    while (at < head) {
      int entry = describe(data, at, workers);
      entries.setAtIndex(JAVA_INT, entered++ & mask, entry);
      at += length(entry);
    }
    count = entered;
    position = at;
  }

  /** An entry by its number, from 0; for those of positions that {@link #extend} was called for. */
  int get(long number) {
    return entries.getAtIndex(JAVA_INT, number & mask);
  }

  /** What would be entered for the record at that position. */
  static int describe(MemorySegment data, long position, int workers) {
    long mask = data.byteSize() - 1;
    long at = position & mask;
    int length = Short.toUnsignedInt(data.get(JAVA_SHORT, at + 6)) / ALIGNMENT;
    int type = data.get(JAVA_INT_UNALIGNED, at);
    if (type == LibBpf.PERF_RECORD_LOST()) {
      return LOST << LENGTH_BITS | length;
    }
    // A tail without a head: that was handed over truncated before this was written.
    if (type != LibBpf.PERF_RECORD_SAMPLE()
        || data.get(JAVA_BYTE, at + EVENT_AT + PART & mask) == EventLayout.PART_TAIL) {
      return OF_NONE << LENGTH_BITS | length;
    }
    if (workers == 1) {
      return length;
    }
    int hash = data.get(JAVA_INT_UNALIGNED, at + EVENT_AT + FLOW_HASH & mask);
    if (hash == 0 && isFragment(data, at, mask)) {
      return OF_ALL << LENGTH_BITS | length;
    }
    return FlowShare.workerOf(hash, workers) << WORKER_SHIFT | length;
  }

  /** A packet of a flow is counted with those of its flow. */
  private static boolean isFragment(MemorySegment data, long at, long mask) {
    long sent = at + EVENT_AT + SENT_PACKETS;
    return data.get(JAVA_INT_UNALIGNED, sent & mask) == 0
        && data.get(JAVA_INT_UNALIGNED, sent + Integer.BYTES & mask) == 0;
  }

  /** Bytes of the record. */
  static int length(int entry) {
    return (entry & (1 << LENGTH_BITS) - 1) * ALIGNMENT;
  }

  static int kind(int entry) {
    return entry >>> LENGTH_BITS & KIND_MASK;
  }

  /** Only of {@link #OF_WORKER}. */
  static int worker(int entry) {
    return entry >>> WORKER_SHIFT;
  }
}
