// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static io.wirespan.telemetry.OtlpOutputs.open;
import static io.wirespan.telemetry.OtlpOutputs.options;
import static io.wirespan.telemetry.OtlpOutputs.to;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.wirespan.protocol.Interim;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.Timing;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class OtlpOutputTest {
  private static String hex(com.google.protobuf.ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  private static Map<String, String> strings(List<KeyValue> attributes) {
    return attributes.stream()
        .collect(Collectors.toMap(KeyValue::getKey, each -> each.getValue().getStringValue()));
  }

  @Test
  void shouldExportSpansWithTheIdsOfTheLines() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ReceivingServer server = new ReceivingServer()) {
      try (Outputs outputs = Outputs.open(options(to(server), false, out))) {
        outputs.onExchange(
            Exchanges.exchange()
                .header("traceparent", "00-" + "a".repeat(32) + "-" + "b".repeat(16) + "-01")
                .header("tracestate", "v=1")
                .status(500, "")
                .build());
      }

      Map<String, Object> line = Json.object(out.toString(UTF_8));
      assertThat(server.spans()).hasSize(1);
      Span span = server.spans().getFirst();
      assertThat(hex(span.getTraceId())).isEqualTo(line.get("trace_id")).isEqualTo("a".repeat(32));
      assertThat(hex(span.getSpanId())).isEqualTo(line.get("span_id"));
      assertThat(hex(span.getParentSpanId())).isEqualTo(line.get("parent_span_id"));
      assertThat(span.getTraceState()).isEqualTo("v=1");
      assertThat(span.getName()).isEqualTo("GET");
      assertThat(span.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
      assertThat(span.getStartTimeUnixNano()).isEqualTo(Exchanges.START);
      assertThat(span.getEndTimeUnixNano()).isEqualTo(Exchanges.START + 268_512);
      assertThat(span.getStatus().getCodeValue()).isEqualTo(2);
      assertThat(strings(span.getAttributesList()))
          .containsEntry("url.path", "/a")
          .containsEntry("error.type", "500");
    }
  }

  @Test
  void shouldExportInterimResponsesAsEvents() throws Exception {
    List<Interim> interims = List.of(new Interim(103, 2_000));
    Timing timing = new Timing(1_000, 1_000, interims, 3_000, 4_000, 0, 0, 0);
    try (ReceivingServer server = new ReceivingServer()) {
      try (Outputs outputs =
          Outputs.open(options(to(server), false, new ByteArrayOutputStream()))) {
        outputs.onExchange(Exchanges.exchange().timing(timing).build());
      }

      assertThat(server.spans().getFirst().getEventsList())
          .singleElement()
          .satisfies(
              event -> {
                assertThat(event.getName()).isEqualTo("http.interim_response");
                assertThat(event.getTimeUnixNano()).isEqualTo(2_000);
                assertThat(event.getAttributes(0).getValue().getIntValue()).isEqualTo(103);
              });
    }
  }

  @Test
  void shouldExportEverySpanInBatches() throws Exception {
    try (ReceivingServer server = new ReceivingServer()) {
      Outputs outputs =
          open(
              to(
                  server,
                  "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
                  "1000",
                  "OTEL_EXPORTER_OTLP_HEADERS",
                  "authorization=Bearer%20x"),
              true);
      for (int i = 0; i < 10_500; i++) {
        outputs.onExchange(Exchanges.exchange().build());
      }
      outputs.close();

      assertThat(outputs.counters().spansExported()).isEqualTo(10_500);
      assertThat(outputs.counters().spansDropped()).isZero();
      assertThat(server.traces()).hasSize(11);
      assertThat(server.spans().stream().map(Span::getSpanId).distinct()).hasSize(10_500);
      assertThat(server.authorizations()).containsOnly("Bearer x");
    }
  }

  @Test
  void shouldHandOverWhatHasWaited() throws Exception {
    try (ReceivingServer server = new ReceivingServer()) {
      try (Outputs outputs = open(to(server, "OTEL_BSP_SCHEDULE_DELAY", "1"), false)) {
        outputs.onExchange(Exchanges.exchange().build());
        for (int i = 0; i < 5_000 && outputs.counters().spansExported() == 0; i++) {
          outputs.flushIfDue();
          Thread.sleep(2);
        }

        assertThat(outputs.counters().spansExported()).isEqualTo(1);
      }
    }
  }

  @Test
  void shouldGiveEachServiceItsResource() throws Exception {
    try (ReceivingServer server = new ReceivingServer()) {
      Map<String, String> environment =
          to(server, "OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test");
      environment.put("KUBERNETES_SERVICE_HOST", "10.96.0.1");
      environment.put("NODE_NAME", "node-1");
      environment.put("POD_NAME", "shop-1");
      try (Outputs outputs = open(environment, false)) {
        outputs.onExchange(Exchanges.exchange().build());
        outputs.onExchange(Exchanges.exchange().service("shop").build());
        outputs.onExchange(Exchanges.exchange().service("shop").build());
      }

      assertThat(server.resourceSpans()).hasSize(2);
      Map<String, Map<String, String>> resources =
          server.resourceSpans().stream()
              .map(ResourceSpans::getResource)
              .map(each -> strings(each.getAttributesList()))
              .collect(Collectors.toMap(each -> each.get("service.name"), each -> each));
      assertThat(resources).containsOnlyKeys("wirespan", "shop");
      assertThat(resources.values())
          .allSatisfy(
              each ->
                  assertThat(each)
                      .containsEntry("deployment.environment.name", "test")
                      .containsEntry("host.name", "node-1")
                      .containsEntry("k8s.node.name", "node-1")
                      .containsEntry("k8s.pod.name", "shop-1")
                      .containsEntry("telemetry.distro.name", "wirespan")
                      .containsEntry("telemetry.sdk.name", "opentelemetry"));
    }
  }

  @Test
  void shouldHonourTheSampler() throws Exception {
    try (ReceivingServer server = new ReceivingServer()) {
      Outputs outputs = open(to(server, "OTEL_TRACES_SAMPLER", "parentbased_always_off"), false);
      outputs.onExchange(Exchanges.exchange().build());
      outputs.onExchange(
          Exchanges.exchange()
              .header("traceparent", "00-" + "a".repeat(32) + "-" + "b".repeat(16) + "-01")
              .build());
      outputs.close();

      assertThat(server.spans()).hasSize(1);
      assertThat(outputs.counters()).isEqualTo(new OutputCounters(2, 0, 1, 0, 1));
    }
  }

  @Test
  void shouldExportNothingWhenTheSdkIsDisabled() throws Exception {
    try (ReceivingServer server = new ReceivingServer()) {
      Outputs outputs = open(to(server, "OTEL_SDK_DISABLED", "true"), false);
      outputs.onExchange(Exchanges.exchange().build());
      outputs.close();

      assertThat(server.traces()).isEmpty();
      assertThat(outputs.counters()).isEqualTo(new OutputCounters(1, 0, 0, 0, 0));
    }
  }

  @Test
  void shouldRecordDurationsOfWhatEnded() throws Exception {
    try (ReceivingServer server = new ReceivingServer()) {
      try (Outputs outputs =
          open(
              to(server, "OTEL_METRICS_EXPORTER", "otlp", "OTEL_TRACES_EXPORTER", "none"), false)) {
        outputs.onExchange(Exchanges.exchange().build());
        outputs.onExchange(Exchanges.exchange().request("GET", "/other").build());
        outputs.onExchange(Exchanges.exchange().outcome(Outcome.GAP).build());
        outputs.onExchange(Exchanges.exchange().withoutRequest().build());
        outputs.onExchange(Exchanges.exchange().calling().status(404, "").build());
      }

      assertThat(server.traces()).isEmpty();
      Map<String, Metric> metrics =
          server.metrics().stream()
              .flatMap(each -> each.getResourceMetricsList().stream())
              .flatMap(each -> each.getScopeMetricsList().stream())
              .flatMap(each -> each.getMetricsList().stream())
              .filter(each -> each.getName().startsWith("http."))
              .collect(Collectors.toMap(Metric::getName, each -> each, (first, last) -> last));
      Metric served = metrics.get("http.server.request.duration");
      assertThat(served.getUnit()).isEqualTo("s");
      assertThat(served.getHistogram().getDataPointsList()).hasSize(1);
      HistogramDataPoint point = served.getHistogram().getDataPoints(0);
      assertThat(point.getCount()).isEqualTo(2);
      assertThat(point.getExplicitBoundsList()).startsWith(0.005, 0.01).endsWith(7.5, 10.0);
      assertThat(point.getSum()).isEqualTo(2 * 268_512 / 1e9);
      assertThat(strings(point.getAttributesList()))
          .containsOnlyKeys(
              "http.request.method",
              "http.response.status_code",
              "network.protocol.name",
              "network.protocol.version",
              "url.scheme");
      HistogramDataPoint called =
          metrics.get("http.client.request.duration").getHistogram().getDataPoints(0);
      assertThat(strings(called.getAttributesList()))
          .containsEntry("server.address", "example.com")
          .containsEntry("error.type", "404")
          .containsKey("server.port");
    }
  }

  @Test
  void shouldBoundTheNumberOfSeries() throws Exception {
    try (ReceivingServer server = new ReceivingServer()) {
      try (Outputs outputs =
          open(
              to(server, "OTEL_METRICS_EXPORTER", "otlp", "OTEL_TRACES_EXPORTER", "none"), false)) {
        for (int i = 0; i < 3_000; i++) {
          outputs.onExchange(Exchanges.exchange().calling().host("host-" + i).build());
        }
      }

      List<HistogramDataPoint> points =
          server.metrics().getLast().getResourceMetricsList().stream()
              .flatMap(each -> each.getScopeMetricsList().stream())
              .flatMap(each -> each.getMetricsList().stream())
              .filter(each -> each.getName().equals("http.client.request.duration"))
              .flatMap(each -> each.getHistogram().getDataPointsList().stream())
              .toList();
      assertThat(points).hasSizeLessThanOrEqualTo(2_000);
      assertThat(points.stream().mapToLong(HistogramDataPoint::getCount).sum()).isEqualTo(3_000);
    }
  }

  @Test
  void shouldGiveTheSameIdsWheneverAFileIsRead() throws Exception {
    assertThat(replay()).isEqualTo(replay());
  }

  private static String replay() throws ConfigurationException, IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Outputs outputs = Outputs.open(TestOptions.replay(out, OutputKind.JSON))) {
      for (int i = 0; i < 50; i++) {
        outputs.onExchange(Exchanges.exchange().request("GET", "/" + i / 2).build());
      }
    }
    return out.toString(UTF_8);
  }
}
