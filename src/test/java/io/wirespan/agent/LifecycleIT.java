// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** However the agent ends, and whatever its surroundings do: nothing hangs, all is accounted. */
class LifecycleIT {
  @RegisterExtension private final Testbed testbed = Testbed.direct();
  private Nginx nginx;

  @BeforeEach
  void serve() throws Exception {
    nginx = testbed.startNginx();
  }

  private AgentProcess attach() throws IOException {
    return testbed.attach("--output", "json");
  }

  /**
   * @param numbers of targets, as curl takes them: [1-10]
   */
  private void call(String numbers) throws IOException {
    Programs.curl(testbed.network().client(), Nginx.URL + "/n/" + numbers);
  }

  @Test
  void shouldEndInOrderWhenSignalledInTheMiddleOfAResponse() throws Exception {
    AgentProcess agent = attach();
    call("[1-10]");
    Path body = testbed.directory().resolve("body");
    Background slow =
        testbed.start(
            testbed.network().client(),
            "curl",
            "-sN",
            "-o",
            body.toString(),
            Nginx.URL + "/trickle");
    assertThat(Programs.await(() -> body.toFile().length() > 0, 60)).isTrue();

    AgentProcess.Ended ended = agent.stop();
    slow.awaitSuccess();

    assertThat(ended.calls())
        .hasSize(11)
        .startsWith(nginx.calls().subList(0, 10).toArray(Call[]::new));
    assertThat(ended.lines().getLast())
        .containsEntry("target", "/trickle")
        .containsEntry("incomplete", "still-open");
    assertThat(ended.stats().get("exchanges_complete")).isEqualTo(10);
    assertThat(ended.stats().incomplete()).isEqualTo(1);
  }

  @Test
  void shouldAccountAsOftenAsAsked() throws Exception {
    AgentProcess agent = testbed.attach("--output", "none", "--stats", "1");
    call("[1-10]");

    Predicate<String> counted = line -> line.contains("_complete\":10");
    assertThat(Programs.await(() -> agent.errorLines().stream().anyMatch(counted), 5)).isTrue();
    assertThat(agent.stop().output()).isEmptyFile();
  }

  @Test
  void shouldEndWhenItsReaderHasGone() throws Exception {
    ProcessBuilder builder = testbed.agent("--output", "console");
    builder.command().addAll(0, List.of("sh", "-c", "\"$@\" | head -1", "sh"));
    AgentProcess.Ended ended = callUntilItEnds(testbed.attach(builder));

    assertThat(ended.output()).content().hasLineCount(1).contains("/n/1");
    assertThat(ended.errorText()).containsOnlyOnce("standard output:");
    assertThat(ended.stats().get("lines_lost")).isPositive();
  }

  @Test
  void shouldSayThatTheDiskIsFull() throws Exception {
    ProcessBuilder builder = testbed.agent("--output", "json");
    AgentProcess.Ended ended =
        callUntilItEnds(testbed.attach(builder.redirectOutput(new File("/dev/full"))));

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.errorText()).containsOnlyOnce("standard output: No space left on device");
    assertThat(ended.stats().get("lines_lost"))
        .isEqualTo(ended.stats().get("exchanges_complete") + ended.stats().incomplete());
  }

  private AgentProcess.Ended callUntilItEnds(AgentProcess agent) throws IOException {
    for (int i = 0; i < 100 && agent.handle().isAlive(); i++) {
      call("[1-5]");
    }
    return agent.awaitEnd();
  }

  @Test
  void shouldGoOnWithoutACollector() throws Exception {
    // Nothing listens on port 1.
    AgentProcess agent = attachExporting("otlp,json", 1);
    call("[1-50]");

    AgentProcess.Ended ended = agent.stop();
    assertThat(ended.calls()).hasSize(50);
    // At once, and how many in the end; in between once a minute.
    assertThat(ended.errors())
        .filteredOn(line -> line.contains("export to http://127.0.0.1:1"))
        .hasSizeBetween(1, 3)
        .anyMatch(line -> line.contains("ConnectException"))
        .last()
        .asString()
        .endsWith("; 50 spans dropped so far");
    assertThat(ended.stats().get("spans_dropped")).isEqualTo(50);
    assertThat(ended.stats().get("spans_exported")).isZero();
  }

  @Test
  void shouldEndInTimeWithACollectorThatNeverAnswers() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      AgentProcess agent = attachExporting("otlp", silent.getLocalPort());
      call("[1-50]");

      assertThat(agent.stop().stats().get("spans_dropped")).isEqualTo(50);
    }
  }

  private AgentProcess attachExporting(String outputs, int port) throws IOException {
    ProcessBuilder builder = testbed.agent("--output", outputs);
    builder.environment().put("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + port);
    return testbed.attach(builder);
  }
}
