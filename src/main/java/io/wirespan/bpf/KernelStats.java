// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import io.wirespan.capture.CaptureCounters;
import io.wirespan.capture.SetupException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the {@code stats} map and adds up what each CPU has counted. */
final class KernelStats {
  private static final long ENTRY_LENGTH = EventLayout.CAPTURE_STATS.byteSize();

  private final int map;
  private final int cpus;

  KernelStats(BpfObject object) throws SetupException {
    map = object.mapDescriptor(BpfObject.STATS_MAP);
    cpus = NativeFunction.LIBBPF_NUM_POSSIBLE_CPUS.callInt();
  }

  CaptureCounters read(long skipsRefused) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocateFrom(ValueLayout.JAVA_INT, 0);
      MemorySegment values = arena.allocate(ENTRY_LENGTH * cpus, Long.BYTES);
      // Key 0 of an array is always there; if this failed all the same, zeros say so.
      NativeFunction.BPF_MAP_LOOKUP_ELEM.callInt(map, key.address(), values.address());
      Map<String, Long> ignored = new LinkedHashMap<>();
      ignored.put("pure-ack", sum(values, "pure_ack"));
      ignored.put("skipped-body", sum(values, "skipped_body"));
      ignored.put("skipped-connection", sum(values, "skipped_connection"));
      ignored.put("not-traced", sum(values, "not_traced"));
      ignored.put("not-tcp", sum(values, "not_tcp"));
      ignored.put("not-ip", sum(values, "not_ip"));
      ignored.put("malformed", sum(values, "malformed"));
      return new CaptureCounters(
          sum(values, "seen"),
          sum(values, "forwarded"),
          sum(values, "output_failed"),
          sum(values, "ring_full"),
          sum(values, "truncated"),
          ignored,
          skipsRefused);
    }
  }

  private long sum(MemorySegment values, String field) {
    long offset = EventLayout.offset(EventLayout.CAPTURE_STATS, field);
    long sum = 0;
    for (int cpu = 0; cpu < cpus; cpu++) {
      sum += values.get(ValueLayout.JAVA_LONG, cpu * ENTRY_LENGTH + offset);
    }
    return sum;
  }
}
