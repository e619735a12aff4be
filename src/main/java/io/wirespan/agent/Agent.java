// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketHandler;
import io.wirespan.capture.PacketSource;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Runs the capture thread: polls the source, hands packets to the pipeline, lets time pass for it,
 * and winds everything up at the end, however that comes about.
 */
final class Agent {
  /** What the time is for the pipeline. */
  enum Clock {
    /** The clock that the source stamps its packets with. */
    SOURCE,
    /** The time of the packets, so that a file always gives the same result. */
    PACKETS
  }

  /** Something to do now and then, by the wall clock. */
  static final class Chore {
    private final long everyNanos;
    private final Runnable task;
    private long nextNanos;

    Chore(Duration every, Runnable task) {
      this.everyNanos = every.toNanos();
      this.task = task;
      this.nextNanos = System.nanoTime() + everyNanos;
    }

    void runIfDue(long nowNanos) {
      if (nowNanos - nextNanos >= 0) {
        nextNanos = nowNanos + everyNanos;
        task.run();
      }
    }
  }

  /** How long a live source may keep the thread from looking whether to stop. */
  private static final int POLL_MILLIS = 100;

  private static final long TICK_NANOS = 100_000_000;

  private final PacketSource source;
  private final Pipeline pipeline;
  private final Results results;
  private final Clock clock;
  private final List<Chore> chores;
  private final PacketHandler handler;
  private long lastTickEpochNanos;
  private long latestEpochNanos;
  private volatile boolean stopRequested;

  Agent(PacketSource source, Pipeline pipeline, Results results, Clock clock, List<Chore> chores) {
    this.source = source;
    this.pipeline = pipeline;
    this.results = results;
    this.clock = clock;
    this.chores = List.copyOf(chores);
    this.handler = clock == Clock.SOURCE ? pipeline : this::onPacketOfFile;
  }

  /**
   * Runs until the source ends, results are no longer taken, or {@link #stop} is called. Returns
   * with everything flushed and the accounting line written, also if it throws.
   *
   * @throws IOException if the source breaks
   */
  void run() throws IOException {
    try (source) {
      try {
        loop();
      } finally {
        windUp();
      }
    }
  }

  private void loop() throws IOException {
    while (!stopRequested && !results.failed()) {
      if (source.poll(handler, POLL_MILLIS) == PacketSource.END) {
        return;
      }
      if (clock == Clock.SOURCE) {
        tick(source.nowEpochNanos());
      }
      results.flushIfDue();
      long now = System.nanoTime();
      for (int i = 0; i < chores.size(); i++) {
        chores.get(i).runIfDue(now);
      }
    }
    if (clock == Clock.SOURCE) {
      // What crossed the interface before the stop waits in the rings for their wake-up mark.
      source.poll(handler, 0);
    }
  }

  /** Ticks between packets and not between polls: how a pipe cuts a file up must not matter. */
  private void onPacketOfFile(Packet packet) {
    tick(packet.timestampEpochNanos());
    pipeline.onPacket(packet);
  }

  private void tick(long epochNanos) {
    latestEpochNanos = Math.max(latestEpochNanos, epochNanos);
    if (latestEpochNanos - lastTickEpochNanos >= TICK_NANOS) {
      lastTickEpochNanos = latestEpochNanos;
      pipeline.tick(latestEpochNanos);
    }
  }

  /** Every step is taken, even if one before it fails. */
  private void windUp() {
    try {
      pipeline.close(clock == Clock.SOURCE ? source.nowEpochNanos() : latestEpochNanos);
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
