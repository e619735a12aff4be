// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import io.wirespan.generated.LibBpf;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
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
  private static final int EPOLL_EVENT_LENGTH = 16; // 12 where struct epoll_event is packed
  private static final int MAX_EPOLL_EVENTS = 64;

  /** Memory that {@link #await} needs. */
  static final long EVENTS_LENGTH = (long) EPOLL_EVENT_LENGTH * MAX_EPOLL_EVENTS;

  private static final MethodHandle EPOLL_WAIT =
      NativeCalls.withErrno(LibBpf.epoll_wait$address(), LibBpf.epoll_wait$descriptor());

  private final int epollDescriptor;
  private final AtomicBoolean watched = new AtomicBoolean();
  private final List<Thread> workers = new CopyOnWriteArrayList<>();

  RingWatch(int epollDescriptor) {
    this.epollDescriptor = epollDescriptor;
  }

  /** Makes the calling thread one of those that are woken. */
  void join() {
    workers.add(Thread.currentThread());
  }

  /**
   * Sleeps until a ring has reached its wake-up mark, or for {@code timeoutMillis}. May return
   * sooner.
   *
   * @param events the caller's own {@link #EVENTS_LENGTH} bytes
   */
  void await(MemorySegment events, int timeoutMillis) throws IOException {
    if (!watched.compareAndSet(false, true)) {
      LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
      return;
    }
    boolean marked;
    try {
      marked = epollWait(events, timeoutMillis);
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

  private boolean epollWait(MemorySegment events, int timeoutMillis) throws IOException {
    int ready;
    try {
      ready =
          (int)
              EPOLL_WAIT.invokeExact(
                  NativeCalls.captured(), epollDescriptor, events, MAX_EPOLL_EVENTS, timeoutMillis);
    } catch (Throwable e) {
      throw NativeCalls.fault(e);
    }
    if (ready < 0 && NativeCalls.errno() != NativeCalls.EINTR) {
      throw new IOException(
          "cannot wait for the perf rings: " + NativeCalls.describe(NativeCalls.errno()));
    }
    return ready > 0;
  }
}
