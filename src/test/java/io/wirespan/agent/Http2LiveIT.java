// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.bpf.Privileges;
import io.wirespan.bpf.TestNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent's jar on a live interface between nghttp2's load generator and its server. */
class Http2LiveIT {
  private static final int PORT = 8080;
  private static final String URL = "http://" + TestNetwork.SERVER_ADDRESS + ":" + PORT + "/x.html";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path directory;
  private final List<Process> processes = new ArrayList<>();
  private TestNetwork network;

  @BeforeEach
  void serve() throws Exception {
    Privileges.assumeRootAndKernel();
    for (String tool : List.of("h2load", "nghttpd")) {
      Assumptions.assumeTrue(isInstalled(tool), "needs " + tool + " (nghttp2)");
    }
    Files.writeString(directory.resolve("x.html"), "x".repeat(300));
    network = new TestNetwork();
    start(network.server(), "server", "nghttpd", "--no-tls", "-d", directory.toString(), "" + PORT);
  }

  private static boolean isInstalled(String tool) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
  }

  @AfterEach
  void stop() throws IOException {
    processes.forEach(Process::destroyForcibly);
    if (network != null) {
      network.close();
    }
  }

  private Process start(String namespace, String name, String... command) throws IOException {
    Process process =
        new ProcessBuilder(TestNetwork.in(namespace, List.of(command)))
            .redirectOutput(directory.resolve(name + ".out").toFile())
            .redirectError(directory.resolve(name + ".err").toFile())
            .start();
    processes.add(process);
    return process;
  }

  private Process startAgent() throws Exception {
    Process agent =
        start(
            network.server(),
            "agent",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-jar",
            System.getProperty("wirespan.jar"),
            "--interface",
            TestNetwork.SERVER_INTERFACE,
            "--ring-size",
            "64M",
            "--output",
            "json");
    await(() -> text("agent.err").contains("attached to"));
    return agent;
  }

  private String text(String name) throws IOException {
    return Files.readString(directory.resolve(name));
  }

  private List<String> lines() throws IOException {
    return Files.readAllLines(directory.resolve("agent.out"));
  }

  private interface Condition {
    boolean holds() throws IOException;
  }

  private static void await(Condition condition) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("gave up waiting").isLessThan(deadline);
      Thread.sleep(100);
    }
  }

  private static void end(Process process) throws InterruptedException {
    process.destroy();
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  private long account(String key) throws IOException {
    Matcher value = Pattern.compile('"' + key + "\":(\\d+)").matcher(text("agent.err"));
    assertThat(value.find()).as(key).isTrue();
    return Long.parseLong(value.group(1));
  }

  @Test
  void shouldReportEveryRequestOfTenConnectionsWithAHundredStreams() throws Exception {
    Process agent = startAgent();
    String load =
        TestNetwork.run(network.client(), "h2load", "-n", "100000", "-c", "10", "-m", "100", URL);
    assertThat(load).contains("100000 succeeded");
    await(() -> lines().size() >= 100_000);
    end(agent);

    assertThat(account("exchanges_complete")).isEqualTo(100_000);
    assertThat(account("packets_lost_ring")).isZero();
    Pattern right =
        Pattern.compile(
            """
            "method":"GET","target":"/x.html","host":"10.77.0.1:8080","status":200,.*\
            "body_bytes":300.*"complete":true""");
    assertThat(lines()).hasSize(100_000);
    assertThat(lines().stream().filter(line -> !right.matcher(line).find())).isEmpty();
  }

  /** Their names refer to fields that were sent before; those that do not are right. */
  @Test
  void shouldJoinBusyConnectionsWithoutAWrongName() throws Exception {
    Process load = start(network.client(), "load", "h2load", "-D", "30", "-c", "4", "-m", "4", URL);
    Thread.sleep(500);
    Process agent = startAgent();
    await(() -> lines().size() >= 10_000);
    end(load);
    end(agent);

    assertThat(account("joined")).isGreaterThanOrEqualTo(9_000);
    Pattern right =
        Pattern.compile(
            """
            "method":("GET"|null),"target":("/x.html"|null),"host":("10.77.0.1:8080"|null),\
            "status":(200|null),""");
    assertThat(lines().stream().filter(line -> !right.matcher(line).find())).isEmpty();
  }
}
