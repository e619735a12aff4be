// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.semconv.ServiceAttributes;
import java.io.OutputStream;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OtelSettingsTest {
  private static OutputOptions options(Map<String, String> environment) {
    return TestOptions.with(
        environment, TestOptions.live(OutputStream.nullOutputStream(), OutputKind.OTLP));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "OTEL_EXPORTER_OTLP_PROTOCOL|carrier/pigeon|carrier/pigeon",
        "OTEL_EXPORTER_OTLP_ENDPOINT|localhost:4318|localhost:4318",
        "OTEL_EXPORTER_OTLP_ENDPOINT|ftp://h:1|ftp",
        "OTEL_EXPORTER_OTLP_ENDPOINT|http://|http://",
        "OTEL_EXPORTER_OTLP_ENDPOINT|http://:4318|http://:4318",
        "OTEL_EXPORTER_OTLP_ENDPOINT|http://h:99999|http://h:99999",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT|http://a b:1|http://a b:1",
        "OTEL_EXPORTER_OTLP_TIMEOUT|soon|otel.exporter.otlp.timeout=soon",
        "OTEL_EXPORTER_OTLP_COMPRESSION|lz4|compressionMethod",
        "OTEL_EXPORTER_OTLP_CERTIFICATE|/does/not/exist|/does/not/exist",
        "OTEL_EXPORTER_OTLP_HEADERS|nonsense|nonsense",
        "OTEL_TRACES_EXPORTER|jaeger|OTEL_TRACES_EXPORTER=jaeger",
        "OTEL_METRICS_EXPORTER|pigeon|pigeon",
        "OTEL_TRACES_SAMPLER|often|often",
        "OTEL_TRACES_SAMPLER_ARG|much|much",
        "OTEL_PROPAGATORS|pigeon|pigeon",
        "OTEL_RESOURCE_ATTRIBUTES|nonsense|nonsense",
        "OTEL_BSP_MAX_QUEUE_SIZE|0|otel.bsp.max.queue.size=0",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE|many|otel.bsp.max.export.batch.size=many",
        "OTEL_BSP_SCHEDULE_DELAY|x|otel.bsp.schedule.delay=x",
      })
  void shouldNameTheSettingThatCannotBeUsed(String variable, String value, String named) {
    Map<String, String> environment =
        variable.equals("OTEL_TRACES_SAMPLER_ARG")
            ? Map.of(variable, value, "OTEL_TRACES_SAMPLER", "traceidratio")
            : Map.of(variable, value);

    assertThatThrownBy(() -> Outputs.open(options(environment)).close())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(named)
        .extracting(Throwable::getMessage)
        .asString()
        .doesNotContain("\n");
  }

  @Test
  void shouldTakeEmptyVariablesAsUnset() throws ConfigurationException {
    Map<String, String> overrides =
        OtelSettings.overrides(
            Map.of("OTEL_TRACES_SAMPLER", "", "OTEL_SERVICE_NAME", " ", "OTEL_PROPAGATORS", " b3 "),
            true);

    assertThat(overrides)
        .containsEntry("otel.traces.sampler", null)
        .containsEntry("otel.service.name", null)
        .containsEntry("otel.propagators", "b3")
        .containsEntry("otel.exporter.otlp.protocol", "http/protobuf")
        .containsEntry("otel.logs.exporter", "none");
    Outputs.open(options(Map.of("OTEL_TRACES_SAMPLER", "", "OTEL_EXPORTER_OTLP_PROTOCOL", "")))
        .close();
  }

  @Test
  void shouldSendNoMetricsToAnEndpointForTraces() {
    String traces = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    String all = "OTEL_EXPORTER_OTLP_ENDPOINT";

    assertThat(OtelSettings.overrides(Map.of(traces, "http://h/x"), true))
        .containsEntry("otel.metrics.exporter", "none");
    assertThat(OtelSettings.overrides(Map.of(traces, "http://h/x", all, "http://h"), true))
        .doesNotContainKey("otel.metrics.exporter");
    assertThat(OtelSettings.overrides(Map.of(all, "http://h"), false))
        .containsEntry("otel.metrics.exporter", "none");
  }

  @Test
  void shouldIgnoreTheVariablesOfOthersOutsideKubernetes() throws ConfigurationException {
    Map<String, String> jenkins = Map.of("NODE_NAME", "builtin", "OTEL_SERVICE_NAME", "shop");
    OtelSdk otel = OtelSdk.configure(options(jenkins), false);

    assertThat(otel.resource().getAttribute(ServiceAttributes.SERVICE_NAME)).isEqualTo("shop");
    assertThat(otel.resource().getAttributes().asMap().keySet())
        .noneMatch(key -> key.getKey().startsWith("k8s."));
  }
}
