// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.wirespan.capture.FlowShare;
import io.wirespan.capture.SetupException;
import io.wirespan.generated.LibBpf;
import io.wirespan.generated.perf_event_attr;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The rings of all CPUs, which libbpf opens, maps and enables. Workers read them in place, each by
 * a {@link PerfReader} of its own.
 */
final class PerfBuffer implements AutoCloseable {
  // The bit field of struct perf_event_attr, which jextract leaves out: bit 14 is "watermark".
  private static final long FLAGS_AT = 40;
  private static final long WATERMARK = 1 << 14;

  private static final int EPOLL_EVENT_LENGTH = 16; // 12 where struct epoll_event is packed
  private static final int MAX_EPOLL_EVENTS = 64;

  // Any worker may be the one that waits; the memory is taken once.
  private final Arena arena = Arena.ofShared();
  private final MemorySegment epollEvents =
      arena.allocate((long) EPOLL_EVENT_LENGTH * MAX_EPOLL_EVENTS, Long.BYTES);
  private final int epollDescriptor;
  private final MemorySegment buffer;
  private final long pageSize;
  private final List<MemorySegment> mapped = new ArrayList<>();
  private final List<RingIndex> indexes = new ArrayList<>();
  private final ReadPositions positions;
  private final RingWatch watch = new RingWatch(this::awaitMark);

  /**
   * @param map descriptor of the perf event array
   * @param ringBytes data bytes of each CPU's ring: a power of two, of whole pages
   * @param workers how many will read; the rings are emptied as far as all of them have
   */
  PerfBuffer(int map, long ringBytes, long pageSize, int workers) throws SetupException {
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
    this.buffer = opened;
    this.pageSize = pageSize;
    this.epollDescriptor = NativeFunction.PERF_BUFFER__EPOLL_FD.callInt(buffer.address());
    int rings = NativeFunction.PERF_BUFFER__BUFFER_CNT.callInt(buffer.address());
    this.positions = new ReadPositions(workers, rings);
    for (int i = 0; i < rings; i++) {
      mapped.add(mapped(i, pageSize + ringBytes));
      indexes.add(new RingIndex(arena, workers == 1 ? RingIndex.UNUSED : ringBytes, workers));
    }
  }

  /**
   * A way through the rings for the calling thread, and for no other.
   *
   * @param worker from 0; each may be asked for once
   */
  PerfReader reader(int worker) {
    FlowShare share = new FlowShare(worker, positions.workers());
    return new PerfReader(mapped, pageSize, indexes, positions, share, watch);
  }

  /** Only once every reader is closed: the memory that they look at goes away. */
  @Override
  public void close() {
    NativeFunction.PERF_BUFFER__FREE.call(buffer.address());
    arena.close();
  }

  private boolean awaitMark(int timeoutMillis) throws IOException {
    int ready =
        NativeFunction.EPOLL_WAIT.callInt(
            epollDescriptor, epollEvents.address(), MAX_EPOLL_EVENTS, timeoutMillis);
    if (ready < 0 && NativeCalls.errno() != NativeCalls.EINTR) {
      throw new IOException(
          "cannot wait for the perf rings: " + NativeCalls.describe(NativeCalls.errno()));
    }
    return ready > 0;
  }

  private static MemorySegment open(int map, long ringBytes, long pageSize) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(perf_event_attr.layout());
      perf_event_attr.size(attributes, (int) perf_event_attr.sizeof());
      perf_event_attr.type(attributes, LibBpf.PERF_TYPE_SOFTWARE());
      perf_event_attr.config(attributes, LibBpf.PERF_COUNT_SW_BPF_OUTPUT());
      perf_event_attr.sample_type(attributes, LibBpf.PERF_SAMPLE_RAW());
      perf_event_attr.sample_period(attributes, 1);
      attributes.set(JAVA_LONG, FLAGS_AT, WATERMARK);
      // Rare wake-ups under load; what stays below the mark is found when a wait times out.
      perf_event_attr.wakeup_watermark(attributes, (int) (ringBytes / 8));
      return NativeFunction.PERF_BUFFER__NEW_RAW.callPointer(
          map, ringBytes / pageSize, attributes.address(), 0, 0, 0);
    }
  }

  /** libbpf leaves the metadata page out of the size that it tells. */
  private MemorySegment mapped(int index, long size) throws SetupException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(ADDRESS);
      MemorySegment told = arena.allocate(JAVA_LONG);
      int error =
          -NativeFunction.PERF_BUFFER__BUFFER.callInt(
              buffer.address(), index, address.address(), told.address());
      if (error != 0) {
        close();
        throw new SetupException(
            "cannot map the perf ring of CPU " + index + ": " + NativeCalls.describe(error), "");
      }
      return NativeCalls.pointer(address, 0).reinterpret(size);
    }
  }
}
