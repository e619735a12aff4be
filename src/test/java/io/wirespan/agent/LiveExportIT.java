// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static io.wirespan.bpf.TestNetwork.CLIENT_ADDRESS;
import static io.wirespan.telemetry.Collector.attributes;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.telemetry.Collector;
import io.wirespan.telemetry.Json;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From packets of a live interface to the spans that a real OpenTelemetry Collector received. */
class LiveExportIT {
  private static final int CALLS = 300;

  @RegisterExtension private final Testbed testbed = Testbed.direct();

  @ParameterizedTest
  @ValueSource(strings = {"http/protobuf", "grpc"})
  void shouldExportASpanForEachRequest(String protocol) throws Exception {
    Nginx nginx = testbed.startNginx();
    try (Collector collector = Collector.start(testbed.directory())) {
      AgentProcess.Stats stats = callWhileExporting(protocol, collector);
      assertThat(stats.get("spans_exported")).isEqualTo(CALLS);
      assertThat(stats.get("spans_dropped")).isZero();

      List<Map<String, Object>> spans = collector.spans();
      assertThat(spans)
          .extracting(span -> attributes(span).get("url.path"))
          .containsExactlyInAnyOrderElementsOf(
              nginx.targets().stream().map(target -> target.replaceFirst("\\?.*", "")).toList());
      assertThat(spans).allMatch(span -> span.get("kind").equals(2L));
      assertThat(spans)
          .allMatch(span -> attributes(span).get("client.address").equals(CLIENT_ADDRESS));
      assertFailedCall(spans);
      assertThat(attributes(Json.asObject(collector.resourceSpans().getFirst().get("resource"))))
          .containsEntry("service.name", "shop");
    }
  }

  private AgentProcess.Stats callWhileExporting(String protocol, Collector collector)
      throws IOException {
    ProcessBuilder builder = testbed.agentOn(testbed.network().server(), "srv=shop");
    boolean grpc = protocol.equals("grpc");
    String endpoint = grpc ? collector.grpcEndpoint() : collector.httpEndpoint();
    builder.environment().put("OTEL_EXPORTER_OTLP_PROTOCOL", protocol);
    builder.environment().put("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
    AgentProcess agent = testbed.attach(builder);
    String client = testbed.network().client();
    String parent = "traceparent: 00-" + "a".repeat(32) + "-" + "b".repeat(16) + "-01";
    Programs.curl(client, Nginx.URL + "/n/[1-" + (CALLS - 1) + "]");
    Programs.curl(client, "--header", parent, Nginx.URL + "/error?key=secret&page=2");
    return agent.stop().stats();
  }

  private static void assertFailedCall(List<Map<String, Object>> spans) {
    assertThat(spans)
        .filteredOn(span -> attributes(span).get("url.path").equals("/error"))
        .singleElement()
        .satisfies(
            span -> {
              assertThat(span)
                  .containsEntry("traceId", "a".repeat(32))
                  .containsEntry("parentSpanId", "b".repeat(16))
                  .containsEntry("name", "GET")
                  .containsEntry("status", Map.of("code", 2L));
              assertThat(attributes(span))
                  .containsEntry("http.response.status_code", "503")
                  .containsEntry("http.response.body.size", "5")
                  .containsEntry("error.type", "503")
                  .containsEntry("url.query", "key=REDACTED&page=2")
                  .containsEntry("wirespan.complete", true);
            });
  }
}
