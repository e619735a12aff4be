// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.agent.Agent.Clock;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketHandler;
import io.wirespan.capture.PacketSource;
import java.io.IOException;

/** What every capture thread does: it hands packets to the pipeline and lets time pass for it. */
final class CaptureLoop {
  /** How long a live source may keep the thread from looking whether to stop. */
  private static final int POLL_MILLIS = 200;

  private static final long TICK_NANOS = 100_000_000;

  private final PacketSource source;
  private final Pipeline pipeline;
  private final Clock clock;
  private final PacketHandler handler;
  private long lastTickEpochNanos;
  private long latestEpochNanos;

  CaptureLoop(PacketSource source, Pipeline pipeline, Clock clock) {
    this.source = source;
    this.pipeline = pipeline;
    this.clock = clock;
    this.handler = clock == Clock.SOURCE ? pipeline : this::onPacketOfFile;
  }

  /** One round; false if there will never be another packet. */
  boolean poll() throws IOException {
    if (source.poll(handler, POLL_MILLIS) == PacketSource.END) {
      return false;
    }
    if (clock == Clock.SOURCE) {
      tick(source.nowEpochNanos());
    }
    return true;
  }

  /** Takes what crossed the interface before the stop, and waits for the rings' wake-up mark. */
  void pollRest() throws IOException {
    if (clock == Clock.SOURCE) {
      source.poll(handler, 0);
    }
  }

  /** Ends everything that is open. */
  void close() {
    pipeline.close(clock == Clock.SOURCE ? source.nowEpochNanos() : latestEpochNanos);
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
}
