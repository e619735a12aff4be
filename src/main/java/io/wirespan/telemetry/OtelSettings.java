// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The OTEL_* variables as the properties that autoconfiguration reads, where the specification and
 * Java's own habits differ put right: http/protobuf is the default protocol, an empty variable is
 * an unset one.
 */
final class OtelSettings {
  private static final String TRACES_EXPORTER = "otel.traces.exporter";
  private static final String OUR_TRACES_EXPORTER = "wirespan.traces.exporter";
  private static final String METRICS_EXPORTER = "otel.metrics.exporter";
  private static final String OTLP = "otlp";
  private static final String NONE = "none";
  private static final String PROPAGATORS = "otel.propagators";

  /**
   * The specification's default leaves B3 out because a program has to choose what it sends on; who
   * only reads can understand them all. The last one that finds a parent decides.
   */
  private static final String EVERY_PROPAGATOR = "baggage,b3,b3multi,tracecontext";

  private static final String PROTOCOL = "otel.exporter.otlp.protocol";
  private static final String ENDPOINT = "otel.exporter.otlp.endpoint";
  private static final String TRACES_ENDPOINT = "otel.exporter.otlp.traces.endpoint";
  private static final String METRICS_ENDPOINT = "otel.exporter.otlp.metrics.endpoint";
  private static final int HIGHEST_PORT = 0xffff;

  private OtelSettings() {}

  /**
   * Property overrides; a null value unsets a property, as the SDK's map of overrides allows.
   *
   * @param export whether anything is exported
   */
  static Map<String, String> overrides(Map<String, String> environment, boolean export) {
    Map<String, String> overrides = new HashMap<>();
    environment.forEach(
        (name, value) -> {
          if (name.startsWith("OTEL_")) {
            String property = name.toLowerCase(Locale.ROOT).replace('_', '.');
            overrides.put(property, value.isBlank() ? null : value.strip());
          }
        });
    overrides.putIfAbsent(PROTOCOL, "http/protobuf");
    overrides.putIfAbsent(PROPAGATORS, EVERY_PROPAGATOR);
    // Spans go through our own queue to an exporter of our own making; there are no logs.
    overrides.put(OUR_TRACES_EXPORTER, overrides.getOrDefault(TRACES_EXPORTER, OTLP));
    overrides.put(TRACES_EXPORTER, NONE);
    overrides.put("otel.logs.exporter", NONE);
    if (!export) {
      overrides.put(METRICS_EXPORTER, NONE);
    } else if (onlyTraces(overrides)) {
      // Whoever names an endpoint for traces alone has none that takes metrics.
      overrides.put(METRICS_EXPORTER, NONE);
    }
    return overrides;
  }

  private static boolean onlyTraces(Map<String, String> settings) {
    return settings.get(METRICS_EXPORTER) == null
        && settings.get(TRACES_ENDPOINT) != null
        && settings.get(ENDPOINT) == null
        && settings.get(METRICS_ENDPOINT) == null;
  }

  /** Whether anything is to be exported, by OTEL_SDK_DISABLED. */
  static boolean enabled(OutputOptions options) {
    String disabled = options.environment().getOrDefault("OTEL_SDK_DISABLED", "");
    return !disabled.strip().equalsIgnoreCase("true");
  }

  /** Whether spans are to be exported, by OTEL_TRACES_EXPORTER. */
  static boolean exportsSpans(ConfigProperties config) throws ConfigurationException {
    String exporter = config.getString(OUR_TRACES_EXPORTER, OTLP);
    if (!exporter.equals(OTLP) && !exporter.equals(NONE)) {
      throw new ConfigurationException(
          "OTEL_TRACES_EXPORTER=%s: only otlp and none are supported".formatted(exporter));
    }
    return exporter.equals(OTLP);
  }

  /** Finds what the SDK would only trip over with the first export. */
  static void checkEndpoints(ConfigProperties config) throws ConfigurationException {
    for (String name : List.of(ENDPOINT, TRACES_ENDPOINT, METRICS_ENDPOINT)) {
      String endpoint = config.getString(name, "");
      if (!endpoint.isEmpty()) {
        checkEndpoint(name.toUpperCase(Locale.ROOT).replace('.', '_'), endpoint);
      }
    }
  }

  private static void checkEndpoint(String variable, String endpoint)
      throws ConfigurationException {
    try {
      URI uri = new URI(endpoint);
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (http && uri.getHost() != null && uri.getPort() <= HIGHEST_PORT && uri.getPort() != 0) {
        return;
      }
    } catch (URISyntaxException e) {
      throw new ConfigurationException(complaint(variable, endpoint), e);
    }
    throw new ConfigurationException(complaint(variable, endpoint));
  }

  private static String complaint(String variable, String endpoint) {
    return "%s=%s is not a URL like http://host:4318".formatted(variable, endpoint);
  }

  static boolean usesGrpc(ConfigProperties config) {
    String general = config.getString(PROTOCOL, "");
    return config.getString("otel.exporter.otlp.traces.protocol", general).equals("grpc");
  }

  /** Where spans go, for messages. */
  static String tracesEndpoint(ConfigProperties config) {
    String otherwise = usesGrpc(config) ? "http://localhost:4317" : "http://localhost:4318";
    return config.getString(TRACES_ENDPOINT, config.getString(ENDPOINT, otherwise));
  }
}
