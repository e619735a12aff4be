// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.agent.Agent.Clock;
import io.wirespan.capture.PacketSource;
import io.wirespan.telemetry.ExchangeWriter;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What one capture thread beside the agent's own works with: its share of the packets, a pipeline
 * for them, and its way to the outputs. Nothing of it is shared but what {@link #counts} returns.
 */
final class Worker {
  private static final long PUBLISH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final PacketSource source;
  private final Tracer tracer;
  private final ExchangeWriter writer;
  private final List<Chore> chores;
  private long publishedNanos = System.nanoTime();
  private volatile Tracer.Counts counts = Tracer.Counts.NONE;

  Worker(PacketSource source, Tracer tracer, ExchangeWriter writer, List<Chore> chores) {
    this.source = source;
    this.tracer = tracer;
    this.writer = writer;
    this.chores = List.copyOf(chores);
  }

  /**
   * Works until the agent ends. Returns with all that is open ended, and its exchanges handed on,
   * also if it throws.
   *
   * @throws IOException if the source breaks
   */
  void run(BooleanSupplier ended) throws IOException {
    try (source) {
      CaptureLoop loop = new CaptureLoop(source, tracer, Clock.SOURCE);
      try {
        while (!ended.getAsBoolean()) {
          loop.poll();
          writer.flushIfDue();
          publishIfDue();
          Chore.runDue(chores);
        }
        loop.pollRest();
      } finally {
        windUp(loop);
      }
    }
  }

  /** Every step is taken, even if one before it fails. */
  private void windUp(CaptureLoop loop) {
    try {
      loop.close();
    } finally {
      counts = tracer.counts();
      writer.flush();
    }
  }

  private void publishIfDue() {
    long now = System.nanoTime();
    if (now - publishedNanos >= PUBLISH_NANOS) {
      publishedNanos = now;
      counts = tracer.counts();
    }
  }

  /** As of a moment ago; final once {@link #run} has returned. For any thread. */
  Tracer.Counts counts() {
    return counts;
  }
}
