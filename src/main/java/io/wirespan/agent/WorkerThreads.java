// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.BooleanSupplier;

/** The threads of the workers beside the agent's own. When one ends, whyever, all shall end. */
final class WorkerThreads implements AutoCloseable {
  private final List<FutureTask<Void>> running = new ArrayList<>();
  private final Runnable stopAll;

  private WorkerThreads(Runnable stopAll) {
    this.stopAll = stopAll;
  }

  /**
   * Starts a thread for each worker.
   *
   * @param ended whether the workers shall end
   * @param stopAll makes them; called by any thread
   */
  static WorkerThreads start(List<Worker> workers, BooleanSupplier ended, Runnable stopAll) {
    WorkerThreads threads = new WorkerThreads(stopAll);
    for (Worker worker : workers) {
      FutureTask<Void> task = new FutureTask<>(() -> threads.run(worker, ended));
      threads.running.add(task);
      Thread.ofPlatform().name("worker-" + threads.running.size()).start(task);
    }
    return threads;
  }

  private Void run(Worker worker, BooleanSupplier ended) throws IOException {
    try {
      worker.run(ended);
    } finally {
      stopAll.run();
    }
    return null; // A Callable's, of which there is no other kind that may throw.
  }

  /**
   * Stops the workers and waits until each has wound up.
   *
   * @throws IOException if the source of one broke
   */
  @Override
  public void close() throws IOException {
    stopAll.run();
    Optional<Throwable> failure = Optional.empty();
    for (FutureTask<Void> each : running) {
      try {
        each.get();
      } catch (ExecutionException e) {
        failure = failure.or(() -> Optional.of(e.getCause()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while the workers end", e);
      }
    }
    if (failure.isPresent()) {
      rethrow(failure.get());
    }
  }

  private static void rethrow(Throwable failure) throws IOException {
    switch (failure) {
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(failure);
    }
  }
}
