// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static io.wirespan.telemetry.OtlpOutputs.open;
import static io.wirespan.telemetry.OtlpOutputs.to;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.trace.v1.Span;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Collectors that are away, silent, busy, or refuse. */
class OtlpTroubleTest {
  @Test
  void shouldCountWhatADeadCollectorDidNotGet() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Outputs outputs =
        open(
            Map.of(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "http://127.0.0.1:" + port,
                "OTEL_EXPORTER_OTLP_TIMEOUT",
                "500",
                "OTEL_BSP_MAX_QUEUE_SIZE",
                "1000",
                "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
                "100"),
            false);
    for (int i = 0; i < 5_000; i++) {
      outputs.onExchange(Exchanges.exchange().build());
    }
    outputs.close();

    assertThat(outputs.counters()).isEqualTo(new OutputCounters(5_000, 0, 0, 5_000, 0));
  }

  @Test
  void shouldCountWhatACollectorThatNeverAnswersDidNotGet() throws Exception {
    // Connections wait in the listen backlog; nobody accepts them.
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Outputs outputs =
          open(
              Map.of(
                  "OTEL_EXPORTER_OTLP_ENDPOINT",
                  "http://127.0.0.1:" + silent.getLocalPort(),
                  "OTEL_METRICS_EXPORTER",
                  "none",
                  "OTEL_BSP_EXPORT_TIMEOUT",
                  "300"),
              false);
      outputs.onExchange(Exchanges.exchange().build());
      outputs.close();

      assertThat(outputs.counters().spansExported()).isZero();
      assertThat(outputs.counters().spansDropped()).isEqualTo(1);
    }
  }

  @Test
  void shouldCountWhatACollectorRefused() throws Exception {
    try (ReceivingServer server = new ReceivingServer()) {
      server.answerWith(400);
      Outputs outputs = open(to(server), false);
      outputs.onExchange(Exchanges.exchange().build());
      outputs.close();

      assertThat(outputs.counters().spansExported()).isZero();
      assertThat(outputs.counters().spansDropped()).isEqualTo(1);
    }
  }

  @Test
  void shouldTryAgainWhatACollectorRefusesForNow() throws Exception {
    try (ReceivingServer server = new ReceivingServer()) {
      server.refuse(2);
      Outputs outputs = open(to(server, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "300"), true);
      for (int i = 0; i < 900; i++) {
        outputs.onExchange(Exchanges.exchange().build());
      }
      outputs.close();

      assertThat(outputs.counters()).isEqualTo(new OutputCounters(900, 0, 900, 0, 0));
      assertThat(server.spans().stream().map(Span::getSpanId).distinct()).hasSize(900);
    }
  }

  @Test
  void shouldCountWhatACollectorRejectedOfARequestThatItTook() throws Exception {
    try (ReceivingServer server = new ReceivingServer()) {
      server.reject(3);
      Outputs outputs = open(to(server), false);
      for (int i = 0; i < 10; i++) {
        outputs.onExchange(Exchanges.exchange().build());
      }
      outputs.close();

      assertThat(outputs.counters()).isEqualTo(new OutputCounters(10, 0, 7, 3, 0));
    }
  }

  @Test
  void shouldCountWhatCannotBeSentAtAll() throws Exception {
    try (ReceivingServer server = new ReceivingServer()) {
      Outputs outputs = open(to(server, "OTEL_EXPORTER_OTLP_HEADERS", "content-length=1"), false);
      outputs.onExchange(Exchanges.exchange().build());
      outputs.close();

      assertThat(outputs.counters()).isEqualTo(new OutputCounters(1, 0, 0, 1, 0));
    }
  }
}
