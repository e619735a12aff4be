// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import java.time.Duration;

/**
 * How much is held, and for how long.
 *
 * @param queueSpans spans that may wait; more are dropped
 * @param batchSpans most spans of a request to the collector
 * @param batchBytes about how many bytes a request may have: a gRPC server takes 4 MiB, the
 *     collector's HTTP server 20 MiB
 * @param delay how long a span may wait for others to share its request
 * @param closing how long {@code close} may take
 */
record ExportLimits(
    int queueSpans, int batchSpans, long batchBytes, Duration delay, Duration closing) {

  /** Requests under way at once. */
  static final int IN_FLIGHT = 3;

  /** Bytes that may wait: what many giant targets must not exceed. */
  static final long QUEUE_BYTES = 16L << 20;

  private static final int DEFAULT_QUEUE = 16_384;
  private static final int DEFAULT_BATCH = 2_048;
  private static final long GRPC_BYTES = 3L << 20;
  private static final long HTTP_BYTES = 12L << 20;
  private static final Duration DEFAULT_DELAY = Duration.ofSeconds(1);
  private static final Duration DEFAULT_CLOSING = Duration.ofSeconds(10);

  /** By OTEL_BSP_MAX_QUEUE_SIZE, _MAX_EXPORT_BATCH_SIZE, _SCHEDULE_DELAY and _EXPORT_TIMEOUT. */
  static ExportLimits of(ConfigProperties config) throws ConfigurationException {
    try {
      int queue = atLeastOne(config, "otel.bsp.max.queue.size", DEFAULT_QUEUE);
      int batch = atLeastOne(config, "otel.bsp.max.export.batch.size", DEFAULT_BATCH);
      return new ExportLimits(
          queue,
          Math.min(batch, queue),
          OtelSettings.usesGrpc(config) ? GRPC_BYTES : HTTP_BYTES,
          config.getDuration("otel.bsp.schedule.delay", DEFAULT_DELAY),
          config.getDuration("otel.bsp.export.timeout", DEFAULT_CLOSING));
    } catch (io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException e) {
      throw OtelSdk.translated(e);
    }
  }

  /**
   * Limits where several threads hand spans over: together their batches hold no more than may
   * wait.
   */
  ExportLimits sharedBy(int workers) {
    return new ExportLimits(
        queueSpans,
        Math.clamp(queueSpans / workers, 1, batchSpans),
        Math.min(batchBytes, QUEUE_BYTES / workers),
        delay,
        closing);
  }

  private static int atLeastOne(ConfigProperties config, String name, int otherwise)
      throws ConfigurationException {
    int value = config.getInt(name, otherwise);
    if (value < 1) {
      throw new ConfigurationException("OpenTelemetry: " + name + "=" + value + " is less than 1");
    }
    return value;
  }
}
