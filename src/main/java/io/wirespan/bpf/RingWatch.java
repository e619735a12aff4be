// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits for the rings on behalf of all workers. The kernel tells only one waiter of a wake-up mark
 * (perf_poll of kernel/events/core.c takes the note away when it is read), so that of the idle
 * workers one waits in the kernel and wakes the others.
 */
final class RingWatch {
  /** Waits in the kernel, for one thread at a time. */
  @FunctionalInterface
  interface KernelWait {
    /** False if the time went by and no ring reached its mark. */
    boolean await(int timeoutMillis) throws IOException;
  }

  private final KernelWait kernel;
  private final AtomicBoolean watched = new AtomicBoolean();
  private final List<Thread> workers = new CopyOnWriteArrayList<>();

  RingWatch(KernelWait kernel) {
    this.kernel = kernel;
  }

  /** Makes the calling thread one of those that are woken. */
  void join() {
    workers.add(Thread.currentThread());
  }

  /**
   * Sleeps until a ring has reached its wake-up mark, or for {@code timeoutMillis}. May return
   * sooner.
   */
  void await(int timeoutMillis) throws IOException {
    if (!watched.compareAndSet(false, true)) {
      LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
      return;
    }
    boolean marked;
    try {
      marked = kernel.await(timeoutMillis);
    } finally {
      watched.set(false);
    }
    if (marked) {
      wakeOthers();
    }
  }

  /** One that is not asleep yet will not fall asleep. */
  private void wakeOthers() {
    for (Thread worker : workers) {
      if (worker != Thread.currentThread()) {
        LockSupport.unpark(worker);
      }
    }
  }
}
