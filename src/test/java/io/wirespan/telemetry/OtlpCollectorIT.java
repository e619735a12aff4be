// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static io.wirespan.telemetry.Collector.attributes;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Outcome;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a real OpenTelemetry Collector makes of our spans. */
class OtlpCollectorIT {
  @TempDir Path directory;

  private static Outputs open(Collector collector, String protocol, String... settings)
      throws ConfigurationException {
    boolean grpc = protocol.equals("grpc");
    Map<String, String> environment = new HashMap<>();
    environment.put("OTEL_EXPORTER_OTLP_PROTOCOL", protocol);
    environment.put(
        "OTEL_EXPORTER_OTLP_ENDPOINT", grpc ? collector.grpcEndpoint() : collector.httpEndpoint());
    environment.put("OTEL_SERVICE_NAME", "tested");
    for (int i = 0; i < settings.length; i += 2) {
      environment.put(settings[i], settings[i + 1]);
    }
    return Outputs.open(
        TestOptions.with(
            environment, TestOptions.replay(OutputStream.nullOutputStream(), OutputKind.OTLP)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"http/protobuf", "grpc"})
  void shouldDeliverSpansAsTheyWere(String protocol) throws Exception {
    try (Collector collector = Collector.start(directory)) {
      try (Outputs outputs = open(collector, protocol)) {
        outputs.onExchange(
            Exchanges.exchange()
                .request("POST", "/orders?id=7&token=x")
                .header("traceparent", "00-" + "a".repeat(32) + "-" + "b".repeat(16) + "-01")
                .header("x-request-id", "r-1")
                .status(503, "")
                .build());
        outputs.onExchange(Exchanges.exchange().withoutResponse(Outcome.RESET).build());
      }

      List<Map<String, Object>> spans = collector.spans();
      assertThat(spans).hasSize(2);
      Map<String, Object> span = spans.getFirst();
      assertThat(span)
          .containsEntry("traceId", "a".repeat(32))
          .containsEntry("parentSpanId", "b".repeat(16))
          .containsEntry("name", "POST")
          .containsEntry("kind", 2L)
          .containsEntry("startTimeUnixNano", Long.toString(Exchanges.START))
          .containsEntry("endTimeUnixNano", Long.toString(Exchanges.START + 268_512))
          .containsEntry("status", Map.of("code", 2L));
      assertThat(attributes(span))
          .containsEntry("http.request.method", "POST")
          .containsEntry("url.query", "id=7&token=REDACTED")
          .containsEntry("http.response.status_code", "503")
          .containsEntry("error.type", "503")
          .containsEntry("wirespan.ttfb", 251_007 / 1e9)
          .containsEntry("wirespan.complete", true)
          .containsEntry(
              "http.request.header.x-request-id",
              Map.of("values", List.of(Map.of("stringValue", "r-1"))));
      assertThat(attributes(spans.getLast()))
          .containsEntry("wirespan.incomplete.reason", "reset")
          .containsEntry("error.type", "reset");
      Map<String, Object> resource =
          Json.asObject(collector.resourceSpans().getFirst().get("resource"));
      assertThat(attributes(resource))
          .containsEntry("service.name", "tested")
          .containsKey("host.name");
      assertThat(collector.metrics())
          .extracting(each -> each.get("name"))
          .contains("http.server.request.duration");
    }
  }

  /** More than a gRPC server takes in one message, if the batches were not cut by size. */
  @ParameterizedTest
  @ValueSource(strings = {"http/protobuf", "grpc"})
  void shouldDeliverEverySpan(String protocol) throws Exception {
    int count = 20_000;
    try (Collector collector = Collector.start(directory)) {
      Outputs outputs = open(collector, protocol, "OTEL_BSP_EXPORT_TIMEOUT", "60000");
      for (int i = 0; i < count; i++) {
        outputs.onExchange(
            Exchanges.exchange().request("GET", "/" + i + "?q=" + "x".repeat(i % 500)).build());
      }
      outputs.close();

      assertThat(outputs.counters().spansExported()).isEqualTo(count);
      assertThat(outputs.counters().spansDropped()).isZero();
      assertThat(
              collector.spans().stream().map(each -> attributes(each).get("url.path")).distinct())
          .hasSize(count);
    }
  }

  @Test
  void shouldCompressWhenAsked() throws Exception {
    try (Collector collector = Collector.start(directory)) {
      try (Outputs outputs =
          open(collector, "http/protobuf", "OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")) {
        outputs.onExchange(Exchanges.exchange().build());
      }

      assertThat(collector.spans()).hasSize(1);
    }
  }
}
