// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Headers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Spans and metrics for an OpenTelemetry Collector. */
final class OtlpOutput implements Sink {
  /** Bytes that a span takes on the wire apart from the text that requests bring along. */
  private static final int USUAL_SPAN_BYTES = 1_400;

  private final OtelSdk otel;
  private final Sampler sampler;
  private final int lengthLimit;
  private final Resources resources;
  private final HttpFields fields;
  private final DurationMetrics metrics;
  private final ExportLimits limits;
  private final ExportLog log;
  private final SpanExportQueue queue;
  private final boolean patient;
  private List<SpanData> batch = new ArrayList<>();
  private long batchBytes;
  private long lastHandOverNanos = System.nanoTime();
  private volatile long notSampled;

  OtlpOutput(OtelSdk otel, HttpFields fields, ExportLog log, boolean patient)
      throws ConfigurationException {
    this.otel = otel;
    boolean traces = OtelSettings.exportsSpans(otel.config());
    // With spans switched off, the metrics still see every exchange.
    this.sampler = traces ? otel.sampler() : Sampler.alwaysOff();
    this.lengthLimit = otel.valueLengthLimit();
    this.resources = new Resources(otel.resource());
    this.fields = fields;
    this.metrics = new DurationMetrics(otel.sdk().getMeterProvider());
    this.limits = ExportLimits.of(otel.config());
    this.patient = patient;
    SpanExporter exporter = traces ? otel.createExporter() : SpanExporter.noop();
    this.log = log;
    String endpoint = OtelSettings.tracesEndpoint(otel.config());
    this.queue = new SpanExportQueue(exporter, endpoint, limits, log);
    queue.start();
  }

  @Override
  public void accept(ReportedExchange report) {
    Exchange exchange = report.exchange();
    metrics.record(report);
    LazyAttributes attributes =
        new LazyAttributes(() -> SpanAttributes.of(report, fields, lengthLimit));
    SamplingResult sampling = sample(report, attributes);
    if (sampling.getDecision() != SamplingDecision.RECORD_AND_SAMPLE) {
      notSampled++;
      return;
    }
    batch.add(
        new ExchangeSpan(
            report,
            context(report.identity(), sampling),
            resources.of(exchange.flow().capturedOn()),
            merged(attributes, sampling.getAttributes())));
    batchBytes += USUAL_SPAN_BYTES + textBytes(report);
    if (batch.size() >= limits.batchSpans() || batchBytes >= limits.batchBytes()) {
      handOver();
    }
  }

  private SamplingResult sample(ReportedExchange report, Attributes attributes) {
    SpanContext parent = report.identity().parent();
    Context context = parent.isValid() ? Context.root().with(Span.wrap(parent)) : Context.root();
    Exchange exchange = report.exchange();
    return sampler.shouldSample(
        context,
        report.identity().traceId(),
        HttpConventions.spanName(exchange),
        HttpConventions.kind(exchange),
        attributes,
        List.of());
  }

  private static SpanContext context(SpanIdentity identity, SamplingResult sampling) {
    TraceState state = sampling.getUpdatedTraceState(identity.parent().getTraceState());
    return SpanContext.create(
        identity.traceId(), identity.spanId(), TraceFlags.getSampled(), state);
  }

  private Attributes merged(LazyAttributes attributes, Attributes added) {
    if (added.isEmpty()) {
      return attributes;
    }
    return new LazyAttributes(
        () -> {
          AttributeArray all = new AttributeArray(attributes.size() + added.size(), lengthLimit);
          all.putAll(attributes);
          all.putAll(added);
          return all;
        });
  }

  private static long textBytes(ReportedExchange report) {
    List<Headers.Field> kept = report.exchange().request().headers().fields();
    long bytes = report.target().text().length() + 2L * report.target().authority().length();
    for (int i = 0; i < kept.size(); i++) {
      bytes += kept.get(i).value().length();
    }
    return bytes;
  }

  private void handOver() {
    lastHandOverNanos = System.nanoTime();
    if (batch.isEmpty()) {
      return;
    }
    SpanExportQueue.Batch full = new SpanExportQueue.Batch(batch, batchBytes);
    if (patient) {
      queue.offerPatiently(full);
    } else {
      queue.offer(full);
    }
    batch = new ArrayList<>(batch.size());
    batchBytes = 0;
  }

  @Override
  public void flushIfDue(long nowNanos) {
    if (!batch.isEmpty() && nowNanos - lastHandOverNanos >= limits.delay().toNanos()) {
      handOver();
    }
  }

  @Override
  public void flush() {
    handOver();
  }

  @Override
  public void close() {
    flush();
    // Spans and metrics go out side by side, so that the time limit is for both.
    Thread metricsExport =
        Thread.ofPlatform().name("metrics-export").daemon().start(otel.sdk()::shutdown);
    queue.close();
    try {
      metricsExport.join(queue.collectorAway() ? Duration.ZERO.plusMillis(1) : limits.closing());
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

  long notSampled() {
    return notSampled;
  }
}
