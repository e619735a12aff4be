// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.capture.PacketSource;
import java.io.IOException;
import java.util.List;

/**
 * Runs the capture: polls the source, hands packets to the pipeline, lets time pass for it, and
 * winds everything up at the end, however that comes about. All of that on the calling thread,
 * which is the first worker; further workers have threads of their own.
 */
final class Agent {
  /** What the time is for the pipeline. */
  enum Clock {
    /** The clock that the source stamps its packets with. */
    SOURCE,
    /** The time of the packets, so that a file always gives the same result. */
    PACKETS
  }

  private final PacketSource source;
  private final CaptureLoop capture;
  private final Results results;
  private final List<Chore> chores;
  private final List<Worker> further;
  private volatile boolean stopRequested;

  Agent(PacketSource source, Pipeline pipeline, Results results, Clock clock, List<Chore> chores) {
    this(source, pipeline, results, clock, chores, List.of());
  }

  Agent(
      PacketSource source,
      Pipeline pipeline,
      Results results,
      Clock clock,
      List<Chore> chores,
      List<Worker> further) {
    this.source = source;
    this.capture = new CaptureLoop(source, pipeline, clock);
    this.results = results;
    this.chores = List.copyOf(chores);
    this.further = List.copyOf(further);
  }

  /**
   * Runs until the source ends, results are no longer taken, or {@link #stop} is called. Returns
   * with everything flushed and the accounting line written, also if it throws.
   *
   * @throws IOException if the source breaks
   */
  void run() throws IOException {
    try (source) {
      try (WorkerThreads _ = WorkerThreads.start(further, this::ended, this::stop)) {
        loop();
      } finally {
        windUp();
      }
    }
  }

  private void loop() throws IOException {
    while (!ended()) {
      if (!capture.poll()) {
        return;
      }
      results.flushIfDue();
      Chore.runDue(chores);
    }
    capture.pollRest();
  }

  private boolean ended() {
    return stopRequested || results.failed();
  }

  /** Every step is taken, even if one before it fails. */
  private void windUp() {
    try {
      capture.close();
    } finally {
      try {
        results.close();
      } finally {
        results.account();
      }
    }
  }

  /** Whether results could not be written: what {@link #run} ended with, if not sooner. */
  boolean failed() {
    return results.failed();
  }

  /** Makes {@link #run} come to an end soon. May be called by any thread. */
  void stop() {
    stopRequested = true;
    source.wakeup();
  }
}
