// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.wirespan.generated.LibBpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Walking a full ring, a record at a time, with a look at each record's event. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 1)
public class RingBenchmark {
  private static final int PAGE = 4096;
  private static final int RING = 1 << 20;
  private static final int RECORD = 256;
  private static final int RECORDS = RING / RECORD;
  private static final long DATA_HEAD = 1024;
  private static final long CAPTURED = EventLayout.offset(EventLayout.PACKET_EVENT, "captured_length");

  private final MemorySegment mapped = filled();
  private final PerfRing ring = new PerfRing(mapped, PAGE, Arena.global());
  private long head;

  private static MemorySegment filled() {
    MemorySegment mapped = Arena.global().allocate(PAGE + RING, PAGE);
    for (int i = 0; i < RECORDS; i++) {
      long at = PAGE + (long) i * RECORD;
      mapped.set(JAVA_INT, at, LibBpf.PERF_RECORD_SAMPLE());
      mapped.set(JAVA_SHORT, at + 6, (short) RECORD);
      mapped.set(JAVA_INT, at + 8, RECORD - 12);
      mapped.set(JAVA_LONG.withByteAlignment(4), at + 12, i + 1);
      mapped.set(JAVA_INT, at + 12 + CAPTURED, 128);
    }
    return mapped;
  }

  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public long walk() {
    // The same records once more: positions count on, and the ring is as long as all of them.
    head += RING;
    mapped.set(JAVA_LONG, DATA_HEAD, head);
    long sum = 0;
    ring.begin();
    while (ring.nextTimestamp() != PerfRing.NONE) {
      ring.take();
      sum += ring.eventInt(CAPTURED) + ring.packetIndex();
      ring.advance();
    }
    ring.release();
    return sum;
  }
}
