// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import io.wirespan.generated.LibBpf;
import io.wirespan.generated.libbpf_print_fn_t;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what libbpf would print to standard error. Much of it is benign (the -EEXIST of a clsact
 * qdisc that is there already), so it goes to the debug log; failures are reported by their error.
 */
final class LibBpfLog {
  private static final Logger LOG = LoggerFactory.getLogger("libbpf");
  private static final int LINE_CAPACITY = 1024;

  private LibBpfLog() {}

  /** Redirects the messages of the whole process, for good; to nowhere if none is wanted. */
  static void redirect() {
    if (!LOG.isDebugEnabled()) {
      // Not a function that drops them: to make one costs a start 40 ms.
      NativeFunction.LIBBPF_SET_PRINT.call(0);
      return;
    }
    libbpf_print_fn_t.Function print = LibBpfLog::print;
    NativeFunction.LIBBPF_SET_PRINT.call(
        libbpf_print_fn_t.allocate(print, Arena.global()).address());
  }

  /** An upcall: an exception that escaped from here would end the JVM. */
  private static int print(int level, MemorySegment format, MemorySegment arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment line = arena.allocate(LINE_CAPACITY);
      LibBpf.vsnprintf(line, LINE_CAPACITY, format, arguments);
      LOG.debug(NativeCalls.text(line).stripTrailing());
    } catch (RuntimeException e) {
      return 0;
    }
    return 0;
  }
}
