// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import io.wirespan.protocol.Exchange;
import java.util.List;

/** One capture thread's spans and metrics for an OpenTelemetry Collector. */
final class OtlpOutput implements Sink {
  private static final List<Sampler> OF_EVERY_ROOT =
      List.of(Sampler.alwaysOn(), Sampler.parentBased(Sampler.alwaysOn()));

  private final OtlpExport export;
  private final Sampler sampler;
  private final boolean takesEveryRoot;
  private final Resources resources;
  private final SpanEncoder encoder;
  private final DurationMetrics metrics;
  private final ExportLimits limits;
  private SpanBatch batch;
  private long lastHandOverNanos = System.nanoTime();
  private volatile long notSampled;

  OtlpOutput(OtlpExport export, HttpFields fields) {
    this.export = export;
    this.sampler = export.sampler();
    this.takesEveryRoot = OF_EVERY_ROOT.contains(sampler);
    this.resources = new Resources(export.otel().resource());
    this.encoder = new SpanEncoder(fields, export.otel().valueLengthLimit());
    this.metrics = new DurationMetrics(export.otel().sdk().getMeterProvider());
    this.limits = export.limits();
    this.batch = export.newBatch();
  }

  @Override
  public void accept(ReportedExchange report) {
    metrics.record(report);
    SamplingResult sampling = sample(report);
    if (sampling.getDecision() != SamplingDecision.RECORD_AND_SAMPLE) {
      notSampled++;
      return;
    }
    batch.add(
        report,
        sampling.getUpdatedTraceState(report.identity().parent().getTraceState()),
        resources.of(report.exchange().flow().capturedOn()),
        encoder);
    if (batch.spans() >= limits.batchSpans() || batch.bytes() >= limits.batchBytes()) {
      handOver();
    }
  }

  /** The samplers of the SDK go by the trace alone, and add no attributes. */
  private SamplingResult sample(ReportedExchange report) {
    SpanContext parent = report.identity().parent();
    if (takesEveryRoot && !parent.isValid()) {
      return SamplingResult.recordAndSample();
    }
    Context context = parent.isValid() ? Context.root().with(Span.wrap(parent)) : Context.root();
    Exchange exchange = report.exchange();
    return sampler.shouldSample(
        context,
        report.identity().traceId(),
        HttpConventions.spanName(exchange),
        HttpConventions.kind(exchange),
        Attributes.empty(),
        List.of());
  }

  private void handOver() {
    lastHandOverNanos = System.nanoTime();
    if (batch.spans() > 0) {
      batch = export.exchange(batch);
    }
  }

  @Override
  public void flushIfDue(long nowNanos) {
    if (batch.spans() > 0 && nowNanos - lastHandOverNanos >= limits.delay().toNanos()) {
      handOver();
    }
  }

  @Override
  public void flush() {
    handOver();
  }

  long notSampled() {
    return notSampled;
  }
}
