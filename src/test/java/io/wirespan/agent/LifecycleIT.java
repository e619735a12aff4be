// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static io.wirespan.bpf.TestNetwork.SERVER_ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.bpf.Privileges;
import io.wirespan.bpf.TestNetwork;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * However the agent ends, and whatever its surroundings do: nothing hangs, nothing stays behind.
 */
class LifecycleIT {
  private static final String URL = "http://" + SERVER_ADDRESS + ":8080/n/";

  private static final Pattern BPF_OBJECT = Pattern.compile("(?m)^(prog|link)_id:\\s*(\\d+)$");

  @TempDir private Path directory;
  private TestNetwork network;
  private Nginx nginx;

  @BeforeEach
  void serve() throws Exception {
    Privileges.assumeRootAndKernel();
    Programs.assumeInstalled("nginx", "curl", "ip", "tc");
    network = new TestNetwork();
    nginx = Nginx.start(network.server(), directory);
  }

  @AfterEach
  void cleanUp() throws IOException {
    if (nginx != null) {
      nginx.close();
    }
    if (network != null) {
      network.close();
    }
  }

  private List<String> command(String output) {
    return AgentProcess.command(
        "--netns", network.server(), "--interface", "srv", "--output", output);
  }

  private AgentProcess attach() throws IOException {
    return AgentProcess.attach(directory, AgentProcess.process(command("json")));
  }

  private void call(String numbers) throws IOException {
    Programs.curl(network.client(), URL + numbers);
  }

  /** All that hangs on the interface, as the kernel tells it. */
  private String attachments() throws IOException {
    StringBuilder all = new StringBuilder();
    List<String> commands = new ArrayList<>(List.of("tc qdisc show dev srv"));
    commands.add("tc filter show dev srv ingress");
    commands.add("tc filter show dev srv egress");
    for (String command : commands) {
      all.append(TestNetwork.run(network.server(), command.split(" ")));
    }
    return all.toString();
  }

  /** Which BPF programs and links a process holds: "prog 17", "link 4". */
  private static Set<String> bpfObjects(AgentProcess agent) throws IOException {
    Set<String> objects = new TreeSet<>();
    Path information = Path.of("/proc", Long.toString(agent.handle().pid()), "fdinfo");
    try (DirectoryStream<Path> files = Files.newDirectoryStream(information)) {
      for (Path file : files) {
        Matcher id = BPF_OBJECT.matcher(Files.readString(file));
        while (id.find()) {
          objects.add(id.group(1) + " " + id.group(2));
        }
      }
    }
    return objects;
  }

  private static boolean exists(String bpfObject) throws IOException {
    String[] words = bpfObject.split(" ");
    return new ProcessBuilder("bpftool", words[0], "show", "id", words[1])
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .onExit()
            .join()
            .exitValue()
        == 0;
  }

  private void addFilterOfOthers() throws IOException {
    TestNetwork.run(network.server(), "tc", "qdisc", "add", "dev", "srv", "clsact");
    for (String hook : List.of("ingress", "egress")) {
      // Classic BPF: "return 0", no match.
      String filter = "tc filter add dev srv " + hook + " prio 7 bpf bytecode '1,6 0 0 0,'";
      TestNetwork.run(network.server(), "sh", "-c", filter + " classid 1:1");
    }
  }

  @Test
  void shouldLeaveNothingBehindWhenKilledUnderLoad() throws Exception {
    Programs.assumeInstalled("wrk", "bpftool");
    addFilterOfOthers();
    String before = attachments();
    Process load =
        new ProcessBuilder(
                TestNetwork.in(
                    network.client(), List.of("wrk", "-t1", "-c4", "-d6", "--latency", URL + "1")))
            .redirectErrorStream(true)
            .start();
    try (AgentProcess agent = attach()) {
      assertThat(Programs.await(() -> agent.outputBytes() > 100_000, 10)).isTrue();
      Set<String> objects = bpfObjects(agent);
      assertThat(objects).anyMatch(each -> each.startsWith("prog "));
      assertThat(objects).allMatch(each -> unchecked(() -> exists(each)));

      agent.kill();

      // The kernel takes the programs away with the descriptors, if not in the same instant.
      assertThat(
              Programs.await(
                  () -> objects.stream().noneMatch(each -> unchecked(() -> exists(each))), 5))
          .as(objects.toString())
          .isTrue();
      assertThat(attachments()).isEqualTo(before);
    }
    String report = new String(load.getInputStream().readAllBytes());
    assertThat(load.waitFor()).isZero();
    assertThat(report).contains("requests in").doesNotContain("Socket errors", "Non-2xx");

    // And as if nothing had been, the next one.
    try (AgentProcess agent = attach()) {
      call("[1-10]");
      assertThat(agent.stop().calls()).hasSize(10);
    }
    assertThat(attachments()).isEqualTo(before);
  }

  @Test
  void shouldLeaveFiltersOfOthersAloneWhenItStartsAndStops() throws Exception {
    addFilterOfOthers();
    String before =
        TestNetwork.run(network.server(), "tc", "filter", "show", "dev", "srv", "ingress");
    assertThat(before).contains("bytecode");
    try (AgentProcess agent = attach()) {
      call("[1-10]");
      assertThat(TestNetwork.run(network.server(), "tc", "filter", "show", "dev", "srv", "ingress"))
          .contains(before);
      agent.stop();
    }
    assertThat(TestNetwork.run(network.server(), "tc", "filter", "show", "dev", "srv", "ingress"))
        .isEqualTo(before);
  }

  @Test
  void shouldAddNoQdisc() throws Exception {
    String before = attachments();
    try (AgentProcess agent = attach()) {
      assertThat(TestNetwork.run(network.server(), "tc", "qdisc", "show", "dev", "srv"))
          .doesNotContain("clsact");
      agent.stop();
    }
    assertThat(attachments()).isEqualTo(before);
  }

  @Test
  void shouldEndInOrderWhenSignalledInTheMiddleOfAResponse() throws Exception {
    try (AgentProcess agent = attach()) {
      call("[1-10]");
      Path body = directory.resolve("body");
      Process slow =
          new ProcessBuilder(
                  TestNetwork.in(
                      network.client(),
                      List.of("curl", "-sN", "-o", body.toString(), URL.replace("n/", "trickle"))))
              .start();
      assertThat(Programs.await(() -> body.toFile().length() > 0, 60)).isTrue();

      AgentProcess.Ended ended = agent.stop();
      assertThat(slow.waitFor()).isZero();

      assertThat(ended.calls())
          .hasSize(11)
          .startsWith(nginx.calls().subList(0, 10).toArray(Call[]::new));
      assertThat(ended.lines().getLast())
          .containsEntry("target", "/trickle")
          .containsEntry("incomplete", "still-open");
      assertThat(ended.stats().get("exchanges_complete")).isEqualTo(10);
      assertThat(ended.stats().incomplete()).isEqualTo(1);
    }
  }

  @Test
  void shouldAccountAsOftenAsAsked() throws Exception {
    List<String> command = command("none");
    command.addAll(List.of("--stats", "1"));
    try (AgentProcess agent = AgentProcess.attach(directory, AgentProcess.process(command))) {
      call("[1-10]");
      assertThat(
              Programs.await(
                  () ->
                      agent.errorLines().stream().anyMatch(line -> line.contains("_complete\":10")),
                  5))
          .isTrue();
      assertThat(agent.stop().output()).isEmptyFile();
    }
  }

  @Test
  void shouldEndWhenItsReaderHasGone() throws Exception {
    ProcessBuilder builder = AgentProcess.process(command("console"));
    builder.command().addAll(0, List.of("sh", "-c", "\"$@\" | head -1", "sh"));
    try (AgentProcess agent = AgentProcess.attach(directory, builder)) {
      callUntilItEnds(agent);

      AgentProcess.Ended ended = agent.awaitEnd();
      assertThat(ended.output()).content().hasLineCount(1).contains("/n/1");
      assertThat(ended.errorText()).containsOnlyOnce("standard output:");
      assertThat(ended.stats().get("lines_lost")).isPositive();
    }
  }

  @Test
  void shouldSayThatTheDiskIsFull() throws Exception {
    ProcessBuilder builder = AgentProcess.process(command("json"));
    builder.redirectOutput(new File("/dev/full"));
    try (AgentProcess agent = AgentProcess.attach(directory, builder)) {
      callUntilItEnds(agent);

      AgentProcess.Ended ended = agent.awaitEnd();
      assertThat(ended.status()).isEqualTo(1);
      assertThat(ended.errorText()).containsOnlyOnce("standard output: No space left on device");
      assertThat(ended.stats().get("lines_lost"))
          .isEqualTo(ended.stats().get("exchanges_complete") + ended.stats().incomplete());
    }
  }

  private void callUntilItEnds(AgentProcess agent) throws IOException {
    for (int i = 0; i < 100 && agent.handle().isAlive(); i++) {
      call("[1-5]");
    }
  }

  @Test
  void shouldGoOnWithoutACollector() throws Exception {
    ProcessBuilder builder = AgentProcess.process(command("otlp,json"));
    // Nothing listens on port 1.
    builder.environment().putAll(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"));
    try (AgentProcess agent = AgentProcess.attach(directory, builder)) {
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
  }

  @Test
  void shouldEndInTimeWithACollectorThatNeverAnswers() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      ProcessBuilder builder = AgentProcess.process(command("otlp"));
      builder
          .environment()
          .put("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + silent.getLocalPort());
      try (AgentProcess agent = AgentProcess.attach(directory, builder)) {
        call("[1-50]");

        assertThat(agent.stop().stats().get("spans_dropped")).isEqualTo(50);
      }
    }
  }

  private interface Reading<T> {
    T read() throws IOException;
  }

  private static <T> T unchecked(Reading<T> reading) {
    try {
      return reading.read();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
