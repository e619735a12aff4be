// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.traces.ConfigurableSpanExporterProvider;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What the SDK's autoconfiguration makes of the OTEL_* variables. It interprets them; the path of a
 * span is our own (see {@link SpanExportQueue}), because the SDK's costs several times as much.
 *
 * @param config every property, for the exporter that is made later
 */
record OtelSdk(OpenTelemetrySdk sdk, ConfigProperties config, Resource resource) {

  /**
   * Reads the variables.
   *
   * @param export whether spans and metrics are exported; if not, only the propagators matter
   */
  static OtelSdk configure(OutputOptions options, boolean export) throws ConfigurationException {
    AtomicReference<ConfigProperties> properties = new AtomicReference<>();
    AtomicReference<Resource> resource = new AtomicReference<>(Resource.empty());
    try {
      OpenTelemetrySdk sdk =
          AutoConfiguredOpenTelemetrySdk.builder()
              .disableShutdownHook()
              .setComponentLoader(new SdkComponents())
              .addPropertiesCustomizer(
                  given -> OtelSettings.overrides(options.environment(), export))
              .addResourceCustomizer(
                  (found, config) -> {
                    properties.set(config);
                    Resource complete = Resources.complete(found, options.environment());
                    resource.set(complete);
                    return complete;
                  })
              .build()
              .getOpenTelemetrySdk();
      OtelSettings.checkEndpoints(properties.get());
      return new OtelSdk(sdk, properties.get(), resource.get());
    } catch (io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException e) {
      throw translated(e);
    }
  }

  TextMapPropagator propagator() {
    return sdk.getPropagators().getTextMapPropagator();
  }

  Sampler sampler() {
    return sdk.getSdkTracerProvider().getSampler();
  }

  /** Longest text that an attribute may have; OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT. */
  int valueLengthLimit() {
    return sdk.getSdkTracerProvider().getSpanLimits().getMaxAttributeValueLength();
  }

  /** What sends spans over http/protobuf or gRPC, as the OTLP exporter would. */
  SpanSender createSender() throws ConfigurationException {
    SdkComponents components = (SdkComponents) config.getComponentLoader();
    try {
      for (ConfigurableSpanExporterProvider provider :
          components.load(ConfigurableSpanExporterProvider.class)) {
        if (provider.getName().equals("otlp")) {
          // The exporter itself is not needed: it has no more than its sender has.
          provider.createExporter(config);
          return components.lastSender().orElseThrow();
        }
      }
    } catch (io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException
        | IllegalArgumentException e) {
      throw translated(e);
    }
    throw new IllegalStateException("this jar was built without the OTLP exporter");
  }

  /** The SDK wraps what it did not expect; then the cause says more. */
  static ConfigurationException translated(RuntimeException e) {
    Throwable telling = e;
    while (telling.getCause() != null
        && String.valueOf(telling.getMessage()).startsWith("Unexpected")) {
      telling = telling.getCause();
    }
    return new ConfigurationException("OpenTelemetry: " + telling.getMessage(), e);
  }
}
