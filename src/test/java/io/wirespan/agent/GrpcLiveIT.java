// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.wirespan.agent.grpc.CallScript;
import io.wirespan.agent.grpc.CallScript.End;
import io.wirespan.agent.grpc.GrpcClient;
import io.wirespan.agent.grpc.GrpcServer;
import io.wirespan.bpf.Privileges;
import io.wirespan.bpf.TestNetwork;
import io.wirespan.telemetry.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent between a client and a server of grpc-java that play calls known in advance. */
class GrpcLiveIT {
  private static final String PORT = "50051";
  private static final int LONG_MILLIS = 60_000;

  /** Between the clocks of the kernel's hook and of the client. */
  private static final double TOLERANCE_MICROS = 1_000;

  @TempDir private Path directory;
  private final List<Process> programs = new ArrayList<>();
  private TestNetwork network;

  @BeforeEach
  void serve() throws Exception {
    Privileges.assumeRootAndKernel();
    Programs.assumeInstalled("ip");
    network = new TestNetwork();
    start(network.server(), "server", GrpcServer.class, PORT);
    assertThat(Programs.await(() -> lines("server").contains(GrpcServer.READY), 60)).isTrue();
  }

  @AfterEach
  void stop() throws IOException {
    programs.forEach(program -> program.destroyForcibly().onExit().join());
    if (network != null) {
      network.close();
    }
  }

  /** Runs a class of the tests in a namespace. */
  private Process start(String namespace, String name, Class<?> program, String... arguments)
      throws IOException {
    List<String> words = new ArrayList<>(List.of(Programs.java(), "-Xmx256m", "-cp"));
    words.addAll(List.of(System.getProperty("java.class.path"), program.getName()));
    words.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(TestNetwork.in(namespace, words))
            .redirectOutput(directory.resolve(name).toFile())
            .redirectError(directory.resolve(name + ".err").toFile())
            .start();
    programs.add(process);
    return process;
  }

  private Process startClient(List<CallScript> scripts, int seconds) throws IOException {
    Path file = directory.resolve("scripts");
    Files.write(file, scripts.stream().map(CallScript::text).toList());
    return start(
        network.client(),
        "client",
        GrpcClient.class,
        TestNetwork.SERVER_ADDRESS,
        PORT,
        file.toString(),
        "" + seconds);
  }

  private void awaitEnd(Process client) throws Exception {
    assertThat(client.waitFor(120, TimeUnit.SECONDS)).as("the client ends").isTrue();
    assertThat(client.exitValue()).as(lines("client.err").toString()).isZero();
  }

  private List<String> lines(String name) {
    try {
      return Files.readAllLines(directory.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private AgentProcess attach(String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of("--netns", network.server(), "--interface"));
    words.addAll(List.of("srv", "--output", "json"));
    words.addAll(List.of(options));
    return AgentProcess.attach(directory, words.toArray(String[]::new));
  }

  /** Calls of every kind; each has a path of its own. */
  private static List<CallScript> calls(int rounds) {
    List<CallScript> calls = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      CallScript unary = CallScript.unary("wirespan.Calls/unary" + i);
      calls.add(unary.bytes(i % 8 == 0 ? 100_000 : i));
      calls.add(named("slow", i).waiting(50 + i % 100, 0));
      calls.add(named("client", i).streaming(MethodType.CLIENT_STREAMING, 1 + i % 9, 1));
      calls.add(
          named("server", i)
              .streaming(MethodType.SERVER_STREAMING, 1, i % 9)
              .bytes(i % 8 == 0 ? 30_000 : i)
              .waiting(20, 40));
      int both = 1 + i % 7;
      calls.add(
          named("both", i).streaming(MethodType.BIDI_STREAMING, both, both).waiting(0, i % 60));
      Status.Code code = Status.fromCodeValue(1 + i % 16).getCode();
      calls.add(named("fails", i).failing(code, 0));
      calls.add(
          named("breaks", i)
              .streaming(MethodType.SERVER_STREAMING, 1, 3)
              .failing(code, 3)
              .waiting(0, 30));
    }
    return calls;
  }

  private static CallScript named(String kind, int number) {
    return CallScript.unary("wirespan." + kind + ".Calls/" + kind + number);
  }

  /** Calls that the client gives up. */
  private static List<CallScript> givenUp(int rounds) {
    List<CallScript> calls = new ArrayList<>();
    calls.add(named("left", rounds).streaming(MethodType.BIDI_STREAMING, 1, 1).ending(End.CLIENT));
    for (int i = 0; i < rounds; i++) {
      calls.add(named("late", i).waiting(LONG_MILLIS, 0).ending(End.DEADLINE));
      calls.add(
          named("cancelled", i)
              .streaming(MethodType.SERVER_STREAMING, 1, 2)
              .waiting(0, LONG_MILLIS)
              .ending(End.CLIENT));
      calls.add(named("left", i).streaming(MethodType.BIDI_STREAMING, 3, 3).ending(End.CLIENT));
    }
    return calls;
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

  private Map<String, GrpcClient.Result> results() {
    return lines("client").stream()
        .map(GrpcClient.Result::parse)
        .collect(Collectors.toMap(GrpcClient.Result::path, Function.identity()));
  }

  /** Plays the calls once while the agent runs; its lines by path, each with a path of its own. */
  private Map<String, Map<String, Object>> trace(List<CallScript> scripts) throws Exception {
    AgentProcess.Ended ended;
    try (AgentProcess agent = attach()) {
      awaitEnd(startClient(scripts, 0));
      ended = agent.stop();
    }
    assertThat(ended.stats().lost()).isZero();
    assertThat(ended.stats().get("parse_errors")).isZero();
    List<Map<String, Object>> lines = ended.lines();
    assertThat(lines.stream().map(GrpcLiveIT::path))
        .containsExactlyInAnyOrderElementsOf(scripts.stream().map(CallScript::path).toList());
    return lines.stream().collect(Collectors.toMap(GrpcLiveIT::path, Function.identity()));
  }

  @Test
  void shouldReportEveryCallOnceWithItsStatusMessagesAndTimes() throws Exception {
    List<CallScript> scripts = calls(100);
    scripts.add(
        CallScript.unary(CallScript.ABSENT_SERVICE + "/x").failing(Status.Code.UNIMPLEMENTED, 0));
    Map<String, Map<String, Object>> lines = trace(scripts);
    Map<String, GrpcClient.Result> results = results();

    for (CallScript script : scripts) {
      Map<String, Object> line = lines.get(script.path());
      GrpcClient.Result result = results.get(script.path());
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
    List<CallScript> scripts = givenUp(40);
    Map<String, Map<String, Object>> lines = trace(scripts);
    Map<String, GrpcClient.Result> results = results();

    for (CallScript script : scripts) {
      Map<String, Object> line = lines.get(script.path());
      Status.Code expected =
          script.end() == End.DEADLINE ? Status.Code.DEADLINE_EXCEEDED : Status.Code.CANCELLED;
      assertThat(results.get(script.path()).status()).isEqualTo(expected);
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
    assertThat(lines.values()).anyMatch(line -> "deadline".equals(grpc(line).get("end")));
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
    CallScript script = named("waits", 0).waiting(10L * LONG_MILLIS, 0);
    AgentProcess.Ended ended;
    try (AgentProcess agent = attach("--report-open", "1")) {
      Process client = startClient(List.of(script), 0);
      assertThat(Programs.await(() -> openLines(agent.errorLines()).size() > 1, 120))
          .as(() -> agent.errorLines() + " " + lines("client.err"))
          .isTrue();
      assertThat(agent.outputBytes()).isZero();
      Programs.end(client.toHandle());
      ended = agent.stop();
    }
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
          named("busy" + i % 3, i)
              .streaming(MethodType.SERVER_STREAMING, 1, count)
              .failing(Status.fromCodeValue(i % 17).getCode(), count)
              .waiting(0, i % 4 == 0 ? 100 : 0);
      scripts.put(script.path(), script);
    }
    Process client = startClient(List.copyOf(scripts.values()), 600);
    assertThat(Programs.await(() -> lines("client").size() > 1_000, 60)).isTrue();
    AgentProcess.Ended ended;
    try (AgentProcess agent = attach()) {
      assertThat(Programs.await(() -> agent.outputBytes() > 3_000_000, 60)).isTrue();
      Programs.end(client.toHandle());
      ended = agent.stop();
    }
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
