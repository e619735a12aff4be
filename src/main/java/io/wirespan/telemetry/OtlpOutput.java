// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Headers;
import java.util.ArrayList;
import java.util.List;

/** One capture thread's spans and metrics for an OpenTelemetry Collector. */
final class OtlpOutput implements Sink {
  /** Bytes that a span takes on the wire apart from the text that requests bring along. */
  private static final int USUAL_SPAN_BYTES = 1_400;

  private final OtlpExport export;
  private final Sampler sampler;
  private final int lengthLimit;
  private final Resources resources;
  private final HttpFields fields;
  private final DurationMetrics metrics;
  private final ExportLimits limits;
  private List<SpanData> batch = new ArrayList<>();
  private long batchBytes;
  private long lastHandOverNanos = System.nanoTime();
  private volatile long notSampled;

  OtlpOutput(OtlpExport export, HttpFields fields) {
    this.export = export;
    this.sampler = export.sampler();
    this.lengthLimit = export.otel().valueLengthLimit();
    this.resources = new Resources(export.otel().resource());
    this.fields = fields;
    this.metrics = new DurationMetrics(export.otel().sdk().getMeterProvider());
    this.limits = export.limits();
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
    export.take(new SpanExportQueue.Batch(batch, batchBytes));
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

  long notSampled() {
    return notSampled;
  }
}
