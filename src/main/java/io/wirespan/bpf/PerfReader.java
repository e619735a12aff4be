// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import io.wirespan.capture.FlowShare;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One worker's way through the rings of all CPUs: the records of its flows, in the order of their
 * timestamps, whichever CPU wrote them. Owned by the thread that made it, and so is its view of the
 * rings' memory.
 */
final class PerfReader implements AutoCloseable {
  /** Receives the records. */
  @FunctionalInterface
  interface RecordHandler {
    /** The ring's current sample is the record; it is valid until this returns. */
    void onRecord(PerfRing ring);
  }

  private final Arena arena = Arena.ofConfined();
  private final PerfRing[] rings;
  private final RingWatch watch;
  private long drainedNanos = System.nanoTime();

  /**
   * @param mapped each ring's metadata page and the data behind it; not closed here
   * @param indexes of the rings, for all workers
   * @param positions of all workers
   */
  PerfReader(
      List<MemorySegment> mapped,
      long pageSize,
      List<RingIndex> indexes,
      ReadPositions positions,
      FlowShare share,
      RingWatch watch) {
    this.watch = watch;
    MemorySegment pieces = arena.allocate(PerfRing.PIECES_LENGTH, Long.BYTES);
    rings = new PerfRing[mapped.size()];
    for (int i = 0; i < rings.length; i++) {
      MemorySegment view = mapped.get(i).reinterpret(arena, unmapped -> {});
      rings[i] = new PerfRing(view, pageSize, pieces, i, indexes.get(i), positions, share);
    }
    watch.join();
  }

  /**
   * Hands over every record of this worker from before this was called. What the rings get while
   * they are looked at, one after the other, is left for the next time: this thread may lose its
   * CPU in between, and then one ring would be far ahead of another.
   *
   * @return how many
   */
  int drain(RecordHandler handler) {
    drainedNanos = System.nanoTime();
    for (PerfRing ring : rings) {
      ring.begin();
    }
    int records = 0;
    for (PerfRing ring = earliest(); ring.nextTimestamp() <= drainedNanos; ring = earliest()) {
      long limit = Math.min(drainedNanos, earliestOther(ring));
      do {
        ring.take();
        handler.onRecord(ring);
        ring.advance();
        records++;
      } while (ring.nextTimestamp() <= limit);
    }
    for (PerfRing ring : rings) {
      ring.release();
    }
    return records;
  }

  /** When {@link #drain} was called last, by CLOCK_MONOTONIC: what is older was handed over. */
  long drainedNanos() {
    return drainedNanos;
  }

  /** Sleeps until a ring has reached its wake-up mark, or for {@code timeoutMillis}. */
  void await(int timeoutMillis) throws IOException {
    watch.await(timeoutMillis);
  }

  /** Samples that found no room, of all workers' flows, as far as the rings have said so. */
  long lost() {
    long lost = 0;
    for (PerfRing ring : rings) {
      lost += ring.lost();
    }
    return lost;
  }

  @Override
  public void close() {
    arena.close();
  }

  private PerfRing earliest() {
    PerfRing earliest = rings[0];
    for (int i = 1; i < rings.length; i++) {
      if (rings[i].nextTimestamp() < earliest.nextTimestamp()) {
        earliest = rings[i];
      }
    }
    return earliest;
  }

  private long earliestOther(PerfRing ring) {
    long earliest = PerfRing.NONE;
    for (PerfRing other : rings) {
      if (other != ring) {
        earliest = Math.min(earliest, other.nextTimestamp());
      }
    }
    return earliest;
  }
}
