// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns SIGTERM and SIGINT into an orderly end: the agent is asked to stop, its flush is waited
 * for, and the process ends with the agent's own exit status. A signal that comes while the agent
 * is being set up stops it as soon as it is.
 */
final class Termination {
  /** Well within the 30 seconds that Kubernetes leaves to a container. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final CountDownLatch finished = new CountDownLatch(1);
  private Runnable stop = () -> {};
  private boolean signalled;
  private volatile int status;

  private Termination() {}

  static Termination install() {
    Termination termination = new Termination();
    Runtime.getRuntime().addShutdownHook(new Thread(termination::onShutdown, "termination"));
    return termination;
  }

  /** Says what to do at a signal. */
  synchronized void whenSignalled(Runnable action) {
    stop = action;
    if (signalled) {
      stop.run();
    }
  }

  private synchronized void signalled() {
    signalled = true;
    stop.run();
  }

  /** Says that everything is flushed. */
  void finished(int exitStatus) {
    status = exitStatus;
    finished.countDown();
  }

  private void onShutdown() {
    if (finished.getCount() == 0) {
      return; // The program ended by itself.
    }
    signalled();
    boolean inTime = false;
    try {
      inTime = finished.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!inTime) {
      System.err.println("wirespan: gave up flushing after " + PATIENCE.toSeconds() + " s");
    }
    // Left to itself, the JVM would end with 128 and the signal's number.
    Runtime.getRuntime().halt(inTime ? status : Main.FAILED);
  }
}
