// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What the kernel and libbpf hold for a capture, released in the reverse order: hooks, rings,
 * objects.
 */
final class NativeResources implements AutoCloseable {
  private final Deque<Runnable> closers = new ArrayDeque<>();

  BpfObject own(BpfObject object) {
    closers.push(object::close);
    return object;
  }

  PerfBuffer own(PerfBuffer buffer) {
    closers.push(buffer::close);
    return buffer;
  }

  void own(TcAttachment attachment) {
    closers.push(attachment::close);
  }

  /** Does nothing the second time. */
  @Override
  public void close() {
    while (!closers.isEmpty()) {
      closers.pop().run();
    }
  }
}
