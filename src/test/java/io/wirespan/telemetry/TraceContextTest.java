// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.SpanContext;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraceContextTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00f067aa0ba902b7";

  private static OutputOptions options(String propagators) {
    return TestOptions.with(
        Map.of("OTEL_PROPAGATORS", propagators),
        TestOptions.live(new ByteArrayOutputStream(), OutputKind.JSON));
  }

  private static SpanIdentity identify(String propagators, Exchanges exchange)
      throws ConfigurationException {
    OtelSdk otel = OtelSdk.configure(options(propagators), false);
    return new TraceContext(otel.propagator(), new RandomIds()).identify(exchange.build());
  }

  private static void assertChild(SpanIdentity identity) {
    assertThat(identity.traceId()).isEqualTo(TRACE);
    assertThat(identity.parentSpanId()).isEqualTo(PARENT);
    assertThat(identity.spanId()).hasSize(16).isNotEqualTo(PARENT);
  }

  private static void assertRoot(SpanIdentity identity) {
    assertThat(identity.traceId()).matches("[0-9a-f]{32}").isNotEqualTo(TRACE);
    assertThat(identity.parentSpanId()).isEmpty();
    assertThat(identity.parent().isValid()).isFalse();
  }

  @Test
  void shouldFollowTraceparent() throws ConfigurationException {
    SpanIdentity identity =
        identify(
            "",
            Exchanges.exchange()
                .header("traceparent", "00-" + TRACE + "-" + PARENT + "-01")
                .header("tracestate", "a=1,b=2")
                .header("tracestate", "c=3"));

    assertChild(identity);
    SpanContext parent = identity.parent();
    assertThat(parent.isSampled()).isTrue();
    assertThat(parent.isRemote()).isTrue();
    assertThat(parent.getTraceState().asMap()).isEqualTo(Map.of("a", "1", "b", "2", "c", "3"));
  }

  @Test
  void shouldFollowB3InOneHeader() throws ConfigurationException {
    SpanIdentity identity =
        identify("b3", Exchanges.exchange().header("b3", TRACE + "-" + PARENT + "-0"));

    assertChild(identity);
    assertThat(identity.parent().isSampled()).isFalse();
  }

  @Test
  void shouldUnderstandEveryKindByDefaultAndPreferTraceparent() throws ConfigurationException {
    String other = "0af7651916cd43dd8448eb211c80319c";
    assertChild(identify("", Exchanges.exchange().header("b3", TRACE + "-" + PARENT + "-1")));
    assertChild(
        identify(
            "",
            Exchanges.exchange()
                .header("b3", other + "-" + PARENT + "-1")
                .header("traceparent", "00-" + TRACE + "-" + PARENT + "-01")));
  }

  @Test
  void shouldFollowB3InSeveralHeaders() throws ConfigurationException {
    SpanIdentity identity =
        identify(
            "tracecontext,b3multi",
            Exchanges.exchange()
                .header("x-b3-traceid", TRACE)
                .header("x-b3-spanid", PARENT)
                .header("x-b3-sampled", "1"));

    assertChild(identity);
    assertThat(identity.parent().isSampled()).isTrue();
  }

  @Test
  void shouldPadShortB3TraceIds() throws ConfigurationException {
    SpanIdentity identity =
        identify("b3", Exchanges.exchange().header("b3", PARENT + "-" + PARENT + "-1"));

    assertThat(identity.traceId()).isEqualTo("0".repeat(16) + PARENT);
  }

  @ParameterizedTest
  @CsvSource({
    "tracecontext, traceparent, 00-" + TRACE + "-" + PARENT,
    "tracecontext, traceparent, ff-" + TRACE + "-" + PARENT + "-01",
    "tracecontext, traceparent, 00-00000000000000000000000000000000-" + PARENT + "-01",
    "tracecontext, traceparent, 00-" + TRACE + "-0000000000000000-01",
    "tracecontext, traceparent, 00-" + TRACE + "-" + PARENT + "-01-extra",
    "tracecontext, traceparent, garbage",
    "tracecontext, tracestate, a=1",
    "b3, b3, 0",
    "b3, b3, " + TRACE,
    "b3, traceparent, 00-" + TRACE + "-" + PARENT + "-01",
    "b3multi, x-b3-traceid, " + TRACE,
    "none, traceparent, 00-" + TRACE + "-" + PARENT + "-01",
  })
  void shouldBeginATraceWithoutAValidContext(String propagators, String name, String value)
      throws ConfigurationException {
    assertRoot(identify(propagators, Exchanges.exchange().header(name, value)));
  }

  @Test
  void shouldKeepTheParentWhenItsTracestateIsBad() throws ConfigurationException {
    assertChild(
        identify(
            "",
            Exchanges.exchange()
                .header("traceparent", "00-" + TRACE + "-" + PARENT + "-01")
                .header("tracestate", "===,,=")));
  }

  @Test
  void shouldAskForTheFieldsOfThePropagators() throws ConfigurationException {
    try (Outputs outputs = Outputs.open(options("tracecontext,baggage,b3,b3multi"))) {
      assertThat(outputs.headerSelection().request())
          .containsExactlyInAnyOrder(
              "traceparent",
              "tracestate",
              "b3",
              "x-b3-traceid",
              "x-b3-spanid",
              "x-b3-sampled",
              "user-agent",
              "x-request-id",
              "x-envoy-decorator-operation");
      assertThat(outputs.headerSelection().response()).isEmpty();
    }
  }

  @Test
  void shouldAskForTheHeadersThatTheOperatorNamed() throws ConfigurationException {
    OutputOptions options =
        TestOptions.withHeaders(
            Set.of("X-Tenant"),
            Set.of(),
            TestOptions.with(
                Map.of(
                    "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS", "Accept, x-a",
                    "OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_RESPONSE_HEADERS", "Server"),
                TestOptions.live(new ByteArrayOutputStream(), OutputKind.CONSOLE)));
    try (Outputs outputs = Outputs.open(options)) {
      assertThat(outputs.headerSelection().request()).contains("x-tenant", "accept", "x-a");
      assertThat(outputs.headerSelection().response()).containsExactly("server");
    }
  }

  @Test
  void shouldWriteTheContextOfTheRequest() throws ConfigurationException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Outputs outputs = Outputs.open(TestOptions.replay(out, OutputKind.JSON))) {
      outputs.onExchange(
          Exchanges.exchange().header("traceparent", "00-" + TRACE + "-" + PARENT + "-01").build());
    }

    assertThat(Json.object(out.toString(UTF_8)))
        .containsEntry("trace_id", TRACE)
        .containsEntry("parent_span_id", PARENT);
  }

  @Test
  void shouldAskForNoHeadersWithoutAnOutput() throws ConfigurationException {
    OutputOptions options = TestOptions.live(new ByteArrayOutputStream(), OutputKind.NONE);
    try (Outputs outputs = Outputs.open(options)) {
      outputs.onExchange(Exchanges.exchange().build());
      outputs.flushIfDue();

      assertThat(outputs.headerSelection().request()).isEmpty();
      assertThat(outputs.counters()).isEqualTo(new OutputCounters(0, 0, 0, 0, 0));
      assertThat(outputs.failed()).isFalse();
    }
  }
}
