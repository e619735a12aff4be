// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import java.time.Duration;
import java.util.List;

/** Something to do now and then, by the wall clock. */
final class Chore {
  private final long everyNanos;
  private final Runnable task;
  private long nextNanos;

  Chore(Duration every, Runnable task) {
    this.everyNanos = every.toNanos();
    this.task = task;
    this.nextNanos = System.nanoTime() + everyNanos;
  }

  /** Does those of them whose time has come. */
  static void runDue(List<Chore> chores) {
    long now = System.nanoTime();
    for (int i = 0; i < chores.size(); i++) {
      chores.get(i).runIfDue(now);
    }
  }

  void runIfDue(long nowNanos) {
    if (nowNanos - nextNanos >= 0) {
      nextNanos = nowNanos + everyNanos;
      task.run();
    }
  }
}
