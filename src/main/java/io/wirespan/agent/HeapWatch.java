// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.util.Optional;

/**
 * Keeps the heap near what is in use. The serial collector lets the old generation grow up to -Xmx
 * before it looks what of it is garbage; here that is when it has doubled. The capture thread is
 * held up for as long as the collection takes, some 30 ms, which the rings bridge.
 */
final class HeapWatch {
  /** Not worth a collection. */
  private static final long SMALL_BYTES = 24L << 20;

  private final Optional<MemoryPoolMXBean> old =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getName().equals("Tenured Gen"))
          .findFirst();

  /** To be called every second or so; does nothing under another collector. */
  void check() {
    if (old.isEmpty()) {
      return;
    }
    long inUse = old.get().getCollectionUsage().getUsed();
    if (old.get().getUsage().getUsed() > Math.max(SMALL_BYTES, 2 * inUse)) {
      System.gc();
    }
  }
}
