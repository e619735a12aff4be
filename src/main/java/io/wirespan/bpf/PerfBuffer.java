// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import io.wirespan.capture.SetupException;
import io.wirespan.generated.LibBpf;
import io.wirespan.generated.perf_event_attr;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The rings of all CPUs. libbpf opens, maps and enables them; they are read in place, and their
 * records are handed over in the order of their timestamps, whichever CPU wrote them.
 */
final class PerfBuffer implements AutoCloseable {
  /** Receives the records. */
  @FunctionalInterface
  interface RecordHandler {
    /** The ring's current sample is the record; it is valid until this returns. */
    void onRecord(PerfRing ring);
  }

  // The bit field of struct perf_event_attr, which jextract leaves out: bit 14 is "watermark".
  private static final long FLAGS_AT = 40;
  private static final long WATERMARK = 1 << 14;
  private static final int EPOLL_EVENT_LENGTH = 16; // 12 where struct epoll_event is packed
  private static final int MAX_EPOLL_EVENTS = 64;

  private static final MethodHandle NEW_RAW =
      NativeCalls.withErrno(
          LibBpf.perf_buffer__new_raw$address(), LibBpf.perf_buffer__new_raw$descriptor());
  private static final MethodHandle EPOLL_WAIT =
      NativeCalls.withErrno(LibBpf.epoll_wait$address(), LibBpf.epoll_wait$descriptor());

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment buffer;
  private final PerfRing[] rings;
  private final MemorySegment epollEvents =
      arena.allocate((long) EPOLL_EVENT_LENGTH * MAX_EPOLL_EVENTS, Long.BYTES);
  private final int epollDescriptor;

  /**
   * @param map descriptor of the perf event array
   * @param ringBytes data bytes of each CPU's ring: a power of two, of whole pages
   */
  PerfBuffer(int map, long ringBytes, long pageSize) throws SetupException {
    MemorySegment opened = open(map, ringBytes, pageSize);
    if (opened.equals(MemorySegment.NULL)) {
      int errno = NativeCalls.errno();
      arena.close();
      throw new SetupException(
          "cannot open perf rings of " + ringBytes + " bytes: " + NativeCalls.describe(errno),
          errno == NativeCalls.EPERM || errno == NativeCalls.EACCES
              ? "run as root, or with CAP_PERFMON and CAP_IPC_LOCK (or a larger ulimit -l)"
              : "try a smaller --ring-size");
    }
    buffer = opened;
    epollDescriptor = LibBpf.perf_buffer__epoll_fd(buffer);
    rings = new PerfRing[(int) LibBpf.perf_buffer__buffer_cnt(buffer)];
    for (int i = 0; i < rings.length; i++) {
      rings[i] = new PerfRing(mapped(i, ringBytes, pageSize), pageSize, arena);
    }
  }

  /**
   * Hands over every record that is there when this is called.
   *
   * @return how many
   */
  int drain(RecordHandler handler) {
    for (PerfRing ring : rings) {
      ring.begin();
    }
    int records = 0;
    for (PerfRing ring = earliest(); ring.nextTimestamp() != PerfRing.NONE; ring = earliest()) {
      long limit = earliestOther(ring);
      do {
        ring.take();
        handler.onRecord(ring);
        ring.advance();
        records++;
      } while (ring.nextTimestamp() <= limit && ring.nextTimestamp() != PerfRing.NONE);
    }
    for (PerfRing ring : rings) {
      ring.release();
    }
    return records;
  }

  /** Sleeps until a ring has reached its wake-up mark, or for {@code timeoutMillis}. */
  void await(int timeoutMillis) throws IOException {
    try {
      int ready =
          (int)
              EPOLL_WAIT.invokeExact(
                  NativeCalls.captured(),
                  epollDescriptor,
                  epollEvents,
                  MAX_EPOLL_EVENTS,
                  timeoutMillis);
      if (ready < 0 && NativeCalls.errno() != NativeCalls.EINTR) {
        throw new IOException(
            "cannot wait for the perf rings: " + NativeCalls.describe(NativeCalls.errno()));
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw NativeCalls.fault(e);
    }
  }

  /** Samples that found no room, as far as the rings have said so. */
  long lost() {
    long lost = 0;
    for (PerfRing ring : rings) {
      lost += ring.lost();
    }
    return lost;
  }

  @Override
  public void close() {
    LibBpf.perf_buffer__free(buffer);
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

  private static MemorySegment open(int map, long ringBytes, long pageSize) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(perf_event_attr.layout());
      perf_event_attr.size(attributes, (int) perf_event_attr.sizeof());
      perf_event_attr.type(attributes, LibBpf.PERF_TYPE_SOFTWARE());
      perf_event_attr.config(attributes, LibBpf.PERF_COUNT_SW_BPF_OUTPUT());
      perf_event_attr.sample_type(attributes, LibBpf.PERF_SAMPLE_RAW());
      perf_event_attr.sample_period(attributes, 1);
      attributes.set(ValueLayout.JAVA_LONG, FLAGS_AT, WATERMARK);
      // Rare wake-ups under load; what stays below the mark is found when a wait times out.
      perf_event_attr.wakeup_watermark(attributes, (int) (ringBytes / 8));
      return (MemorySegment)
          NEW_RAW.invokeExact(
              NativeCalls.captured(),
              map,
              ringBytes / pageSize,
              attributes,
              MemorySegment.NULL,
              MemorySegment.NULL,
              MemorySegment.NULL);
    } catch (Throwable e) {
      throw NativeCalls.fault(e);
    }
  }

  /** libbpf leaves the metadata page out of the size that it tells. */
  private MemorySegment mapped(int index, long ringBytes, long pageSize) throws SetupException {
    MemorySegment address = arena.allocate(ValueLayout.ADDRESS);
    MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
    int error = -LibBpf.perf_buffer__buffer(buffer, index, address, size);
    if (error != 0) {
      close();
      throw new SetupException(
          "cannot map the perf ring of CPU " + index + ": " + NativeCalls.describe(error), "");
    }
    return address
        .get(ValueLayout.ADDRESS, 0)
        .reinterpret(pageSize + ringBytes, arena, segment -> {});
  }
}
