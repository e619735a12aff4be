// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.wirespan.agent.grpc.CallMix;
import io.wirespan.agent.grpc.CallScript;
import io.wirespan.agent.grpc.CallScript.End;
import io.wirespan.agent.grpc.GrpcClient;
import io.wirespan.agent.grpc.GrpcServer;
import io.wirespan.bpf.TestNetwork;
import io.wirespan.telemetry.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The agent between a client and a server of grpc-java that play calls known in advance. */
class GrpcLiveIT {
  private static final String PORT = "50051";

  /** Between the clocks of the kernel's hook and of the client. */
  private static final double TOLERANCE_MICROS = 1_000;

  @RegisterExtension private final Testbed testbed = Testbed.direct();

  @BeforeEach
  void serve() throws Exception {
    start(testbed.network().server(), GrpcServer.class, PORT).awaitLine(GrpcServer.READY);
  }

  /** Runs a class of the tests in a namespace. */
  private Background start(String namespace, Class<?> program, String... arguments)
      throws IOException {
    List<String> words = new ArrayList<>(List.of(Programs.java(), "-Xmx256m", "-cp"));
    words.addAll(List.of(System.getProperty("java.class.path"), program.getName()));
    words.addAll(List.of(arguments));
    return testbed.start(namespace, words.toArray(String[]::new));
  }

  /** A client that plays the scripts once, and anew for so many seconds. */
  private Background startClient(List<CallScript> scripts, int seconds) throws IOException {
    Path file = testbed.directory().resolve("scripts");
    Files.write(file, scripts.stream().map(CallScript::text).toList());
    return start(
        testbed.network().client(),
        GrpcClient.class,
        TestNetwork.SERVER_ADDRESS,
        PORT,
        file.toString(),
        "" + seconds);
  }

  private static Map<String, Object> grpc(Map<String, Object> line) {
    return Json.asObject(line.get("grpc"));
  }

  private static String path(Map<String, Object> line) {
    return grpc(line).get("service") + "/" + grpc(line).get("method");
  }

  private static double micros(Map<String, Object> line, String key) {
    return (double) line.get(key);
  }

  /**
   * Both sides' view of calls, by path.
   *
   * @param lines the agent's
   * @param results the client's
   */
  private record Traced(
      Map<String, Map<String, Object>> lines, Map<String, GrpcClient.Result> results) {}

  /** Plays calls, each with a path of its own, once while the agent runs. */
  private Traced trace(List<CallScript> scripts) throws Exception {
    AgentProcess agent = testbed.attach("--output", "json");
    Background client = startClient(scripts, 0);
    client.awaitSuccess();
    AgentProcess.Ended ended = agent.stop();

    assertThat(ended.stats().lost()).isZero();
    assertThat(ended.stats().get("parse_errors")).isZero();
    List<Map<String, Object>> lines = ended.lines();
    assertThat(lines.stream().map(GrpcLiveIT::path))
        .containsExactlyInAnyOrderElementsOf(scripts.stream().map(CallScript::path).toList());
    return new Traced(
        lines.stream().collect(Collectors.toMap(GrpcLiveIT::path, Function.identity())),
        client.lines().stream()
            .map(GrpcClient.Result::parse)
            .collect(Collectors.toMap(GrpcClient.Result::path, Function.identity())));
  }

  @Test
  void shouldReportEveryCallOnceWithItsStatusMessagesAndTimes() throws Exception {
    List<CallScript> scripts = CallMix.ofEveryKind(100);
    scripts.add(
        CallScript.unary(CallScript.ABSENT_SERVICE + "/x").failing(Status.Code.UNIMPLEMENTED, 0));
    Traced traced = trace(scripts);

    for (CallScript script : scripts) {
      Map<String, Object> line = traced.lines().get(script.path());
      GrpcClient.Result result = traced.results().get(script.path());
      assertThat(result.status()).as(script.text()).isEqualTo(script.status());
      assertThat(line)
          .as(script.text())
          .containsEntry("complete", true)
          .containsEntry("status", 200L)
          .containsEntry("protocol", "http/2");
      assertThat(grpc(line))
          .as(script.text())
          .containsEntry("status", (long) script.status().value())
          .containsEntry("request_messages", (long) script.requests())
          .containsEntry("response_messages", (long) script.responses())
          .containsEntry("timeout_us", null)
          .containsEntry("end", "status");
      assertTimes(line, script, result);
    }
  }

  /** The server's waits are within a span, and the span is within what the client waited for. */
  private static void assertTimes(
      Map<String, Object> line, CallScript script, GrpcClient.Result result) {
    double duration = micros(line, "duration_us") + TOLERANCE_MICROS;
    assertThat(duration)
        .as(script.text())
        .isGreaterThan(1_000.0 * (script.beforeMillis() + script.afterMillis()));
    assertThat(micros(line, "duration_us"))
        .as(script.text())
        .isLessThan(result.elapsedNanos() / 1_000.0 + TOLERANCE_MICROS);
  }

  @Test
  void shouldSayThatACallWasGivenUp() throws Exception {
    List<CallScript> scripts = CallMix.givenUp(40);
    Traced traced = trace(scripts);

    for (CallScript script : scripts) {
      Map<String, Object> line = traced.lines().get(script.path());
      Status.Code expected =
          script.end() == End.DEADLINE ? Status.Code.DEADLINE_EXCEEDED : Status.Code.CANCELLED;
      assertThat(traced.results().get(script.path()).status()).isEqualTo(expected);
      assertThat(line).as(script.text()).containsEntry("incomplete", "reset");
      assertThat(grpc(line)).as(script.text()).containsEntry("status", null);
      if (script.end() == End.DEADLINE) {
        assertLate(line);
      } else {
        assertThat(grpc(line))
            .as(line.toString())
            .containsEntry("request_messages", (long) script.requests())
            .containsEntry("response_messages", (long) script.responses())
            .containsEntry("timeout_us", null)
            .containsEntry("end", "cancelled");
      }
    }
    assertThat(traced.lines().values()).anyMatch(line -> "deadline".equals(grpc(line).get("end")));
  }

  /**
   * If the client's threads do not get to run, its deadline passes before all was sent. grpc-java
   * then sends the reset first and the message behind it, or all of it at once.
   */
  private static void assertLate(Map<String, Object> line) {
    double timeout = micros(grpc(line), "timeout_us");
    boolean tookIt = micros(line, "duration_us") >= 0.9 * timeout;
    assertThat(timeout).as(line.toString()).isBetween(0.0, 1_000.0 * GrpcClient.DEADLINE_MILLIS);
    assertThat(grpc(line))
        .as(line.toString())
        .containsEntry("response_messages", 0L)
        .containsEntry("end", tookIt ? "deadline" : "cancelled");
    assertThat((long) grpc(line).get("request_messages")).as(line.toString()).isBetween(0L, 1L);
  }

  @Test
  void shouldListACallWhileItIsOpenAndReportItOnce() throws Exception {
    CallScript script = CallMix.named("waits", 0).waiting(600_000, 0);
    AgentProcess agent = testbed.attach("--output", "json", "--report-open", "1");
    Background client = startClient(List.of(script), 0);
    assertThat(Programs.await(() -> openLines(agent.errorLines()).size() > 1, 120))
        .as(() -> agent.errorLines() + " " + client.errors())
        .isTrue();
    assertThat(agent.outputBytes()).isZero();
    client.close();

    AgentProcess.Ended ended = agent.stop();
    assertThat(openLines(ended.errors()))
        .allMatch(line -> line.get("target").equals('/' + script.path()))
        .allMatch(line -> line.get("status") == null)
        .allMatch(line -> (double) line.get("open_seconds") >= 1);
    assertThat(ended.lines()).hasSize(1);
    assertThat(path(ended.lines().getFirst())).isEqualTo(script.path());
  }

  private static List<Map<String, Object>> openLines(List<String> errors) {
    return errors.stream()
        .filter(line -> line.startsWith("{\"wirespan\":\"open\"") && line.endsWith("}"))
        .map(Json::object)
        .toList();
  }

  @Test
  void shouldJoinABusyConnectionWithoutAWrongWord() throws Exception {
    Map<String, CallScript> scripts = new HashMap<>();
    for (int i = 0; i < 40; i++) {
      int count = 1 + i % 5;
      CallScript script =
          CallMix.named("busy" + i % 3, i)
              .streaming(MethodType.SERVER_STREAMING, 1, count)
              .failing(Status.fromCodeValue(i % 17).getCode(), count)
              .waiting(0, i % 4 == 0 ? 100 : 0);
      scripts.put(script.path(), script);
    }
    Background client = startClient(List.copyOf(scripts.values()), 600);
    assertThat(Programs.await(() -> client.lines().size() > 1_000, 60)).isTrue();
    AgentProcess agent = testbed.attach("--output", "json");
    agent.awaitOutputBytes(3_000_000);
    client.close();

    AgentProcess.Ended ended = agent.stop();
    long named = 0;
    for (Map<String, Object> line : ended.lines()) {
      assertThat((String) line.get("server")).isEqualTo(TestNetwork.SERVER_ADDRESS + ":" + PORT);
      if (line.get("target") instanceof String target) {
        assertRight(line, scripts.get(target.substring(1)));
        named++;
      }
    }
    assertThat(named).isPositive();
  }

  /** What is known of the call is as it was played; not all need be known. */
  private static void assertRight(Map<String, Object> line, CallScript script) {
    assertThat(script).as(line.toString()).isNotNull();
    assertThat(line.get("status")).as(line.toString()).isIn(200L, null);
    if (line.get("grpc") != null) {
      assertThat(path(line)).isEqualTo(script.path());
      assertThat(grpc(line).get("status"))
          .as(line.toString())
          .isIn((long) script.status().value(), null);
    }
    if (line.get("complete").equals(true)) {
      assertThat(grpc(line))
          .as(line.toString())
          .containsEntry("status", (long) script.status().value())
          .containsEntry("request_messages", (long) script.requests())
          .containsEntry("response_messages", (long) script.responses());
    }
  }
}
