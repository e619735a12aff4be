// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.common.InstrumentationLibraryInfo;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import io.opentelemetry.semconv.HttpAttributes;
import io.opentelemetry.semconv.SchemaUrls;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Interim;
import java.util.List;
import java.util.Optional;

/**
 * An exchange as the exporters of the SDK take it. The attributes are made when an exporter first
 * asks for them, on its thread: a span that is dropped or not sampled costs next to nothing.
 */
final class ExchangeSpan implements SpanData {
  private static final InstrumentationScopeInfo SCOPE =
      InstrumentationScopeInfo.builder("io.wirespan")
          .setVersion(version())
          .setSchemaUrl(SchemaUrls.V1_45_0)
          .build();

  private final ReportedExchange report;
  private final SpanContext context;
  private final Resource resource;
  private final Attributes attributes;

  ExchangeSpan(
      ReportedExchange report, SpanContext context, Resource resource, Attributes attributes) {
    this.report = report;
    this.context = context;
    this.resource = resource;
    this.attributes = attributes;
  }

  /** The version of Wirespan, from the manifest of its jar. */
  static String version() {
    return Optional.ofNullable(ExchangeSpan.class.getPackage().getImplementationVersion())
        .orElse("dev");
  }

  private Exchange exchange() {
    return report.exchange();
  }

  @Override
  public String getName() {
    return HttpConventions.spanName(exchange());
  }

  @Override
  public SpanKind getKind() {
    return HttpConventions.kind(exchange());
  }

  @Override
  public SpanContext getSpanContext() {
    return context;
  }

  @Override
  public SpanContext getParentSpanContext() {
    return report.identity().parent();
  }

  /** No description: {@code error.type} says it all. */
  @Override
  public StatusData getStatus() {
    return HttpConventions.errorType(exchange()).isEmpty()
        ? StatusData.unset()
        : StatusData.error();
  }

  @Override
  public long getStartEpochNanos() {
    return exchange().timing().start();
  }

  @Override
  public long getEndEpochNanos() {
    return exchange().timing().end();
  }

  @Override
  public Attributes getAttributes() {
    return attributes;
  }

  @Override
  public int getTotalAttributeCount() {
    return attributes.size();
  }

  @Override
  public List<EventData> getEvents() {
    List<Interim> interims = exchange().timing().interims();
    return interims.isEmpty() ? List.of() : interims.stream().map(ExchangeSpan::event).toList();
  }

  private static EventData event(Interim interim) {
    return EventData.create(
        interim.epochNanos(),
        "http.interim_response",
        Attributes.of(HttpAttributes.HTTP_RESPONSE_STATUS_CODE, (long) interim.status()));
  }

  @Override
  public int getTotalRecordedEvents() {
    return exchange().timing().interims().size();
  }

  @Override
  public List<LinkData> getLinks() {
    return List.of();
  }

  @Override
  public int getTotalRecordedLinks() {
    return 0;
  }

  @Override
  public boolean hasEnded() {
    return true;
  }

  @Override
  public InstrumentationScopeInfo getInstrumentationScopeInfo() {
    return SCOPE;
  }

  @Override
  @Deprecated
  public InstrumentationLibraryInfo getInstrumentationLibraryInfo() {
    return InstrumentationLibraryInfo.create(SCOPE.getName(), SCOPE.getVersion());
  }

  @Override
  public Resource getResource() {
    return resource;
  }
}
