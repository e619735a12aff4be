// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class RingWatchTest {
  /** Nothing is to be woken by the clock here. */
  private static final int FOREVER_MILLIS = (int) TimeUnit.HOURS.toMillis(1);

  /**
   * The kernel's note of a mark can be read once. Without being woken by the one that has read it,
   * the others would sleep for an hour.
   */
  @Test
  @Timeout(120)
  void shouldWakeEveryoneWhenOneIsTold() throws Exception {
    int workers = 5;
    int rounds = 200;
    Semaphore marks = new Semaphore(0);
    AtomicInteger waiting = new AtomicInteger();
    RingWatch watch =
        new RingWatch(
            millis -> {
              assertThat(waiting.incrementAndGet()).isEqualTo(1);
              marks.acquireUninterruptibly();
              waiting.decrementAndGet();
              return true;
            });
    AtomicInteger asleep = new AtomicInteger();
    AtomicInteger round = new AtomicInteger();
    try (ExecutorService threads = Executors.newFixedThreadPool(workers)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < workers; i++) {
        running.add(
            threads.submit(
                () -> {
                  watch.join();
                  for (int mine = 0; mine < rounds; mine++) {
                    asleep.incrementAndGet();
                    while (round.get() == mine) {
                      watch.await(FOREVER_MILLIS);
                    }
                  }
                  return null;
                }));
      }
      for (int i = 1; i <= rounds; i++) {
        while (asleep.get() < workers * i) {
          Thread.yield();
        }
        round.set(i);
        // As records keep coming, so do marks.
        while (asleep.get() < workers * Math.min(i + 1, rounds)
            || i == rounds && !running.stream().allMatch(Future::isDone)) {
          if (marks.availablePermits() == 0) {
            marks.release();
          }
          Thread.yield();
        }
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
  }

  @Test
  void shouldLetTheNextOneWatch() throws Exception {
    AtomicInteger waits = new AtomicInteger();
    RingWatch watch = new RingWatch(millis -> waits.incrementAndGet() % 2 == 0);
    watch.join();
    for (int i = 0; i < 4; i++) {
      watch.await(FOREVER_MILLIS);
    }
    assertThat(waits).hasValue(4);
  }
}
