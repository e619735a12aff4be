// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;

/**
 * The connection to an OpenTelemetry Collector, which the {@link OtlpOutput}s of several threads
 * share: its queue is for any thread, and so are the samplers and instruments of the SDK.
 */
final class OtlpExport {
  private final OtelSdk otel;
  private final Sampler sampler;
  private final ExportLimits limits;
  private final ExportLog log;
  private final SpanExportQueue queue;
  private final boolean patient;

  /**
   * @param workers threads that will hand spans over
   * @param patient whether a full queue holds them back instead of dropping spans
   */
  OtlpExport(OtelSdk otel, ExportLog log, int workers, boolean patient)
      throws ConfigurationException {
    this.otel = otel;
    boolean traces = OtelSettings.exportsSpans(otel.config());
    // With spans switched off, the metrics still see every exchange.
    this.sampler = traces ? otel.sampler() : Sampler.alwaysOff();
    this.limits = ExportLimits.of(otel.config()).sharedBy(workers);
    this.patient = patient;
    SpanSender sender = traces ? otel.createSender() : SpanSender.none();
    this.log = log;
    String endpoint = OtelSettings.tracesEndpoint(otel.config());
    this.queue = new SpanExportQueue(sender, endpoint, limits, log);
    queue.start();
  }

  OtelSdk otel() {
    return otel;
  }

  Sampler sampler() {
    return sampler;
  }

  /** For one of the threads: how large its batches may be, and how old. */
  ExportLimits limits() {
    return limits;
  }

  SpanBatch newBatch() {
    return queue.newBatch();
  }

  /**
   * Takes a batch.
   *
   * @return an empty one in its place
   */
  SpanBatch exchange(SpanBatch batch) {
    return patient ? queue.offerPatiently(batch) : queue.offer(batch);
  }

  /** Exports what was taken, in bounded time. */
  void close() {
    // Spans and metrics go out side by side, so that the time limit is for both.
    long deadline = System.nanoTime() + limits.closing().toNanos();
    Thread metricsExport =
        Thread.ofPlatform().name("metrics-export").daemon().start(otel.sdk()::shutdown);
    queue.close();
    try {
      long rest = queue.collectorAway() ? 0 : deadline - System.nanoTime();
      metricsExport.join(Duration.ofNanos(Math.max(rest, 1)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    log.close();
  }

  long exported() {
    return queue.exported();
  }

  long dropped() {
    return queue.dropped();
  }
}
