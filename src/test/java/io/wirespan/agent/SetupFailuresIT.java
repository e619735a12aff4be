// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.wirespan.bpf.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What cannot work ends at once, with one clear message and the documented exit status. */
class SetupFailuresIT {
  private static final String[] ON_LOOPBACK = {"--interface", "lo", "--output", "json"};

  @TempDir private Path directory;

  @BeforeEach
  void requirements() throws Exception {
    Privileges.assumeRootAndKernel();
  }

  private AgentProcess.Ended run(List<String> command) throws IOException {
    return AgentProcess.run(directory, AgentProcess.process(command));
  }

  /** One line that says what is wrong, and at most one that says what mends it. */
  private static void assertFailed(AgentProcess.Ended ended, int status, String... words) {
    assertThat(ended.status()).as(ended.errorText()).isEqualTo(status);
    assertThat(ended.errors()).hasSizeBetween(1, 2);
    assertThat(ended.errors().getFirst()).startsWith("wirespan: ");
    assertThat(ended.errorText()).contains(words);
    assertThat(ended.output()).isEmptyFile();
  }

  /** A command in a mount namespace of its own, in which a path of the system is another. */
  private static List<String> withMount(String mount, List<String> command) {
    Programs.assumeInstalled("unshare", "mount", "sh");
    List<String> words =
        new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", mount + " && exec \"$@\"", "sh"));
    words.addAll(command);
    return words;
  }

  @Test
  void shouldNameTheMissingPrivilege() throws Exception {
    Programs.assumeInstalled("setpriv");
    // The jar may lie where only root can read it.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    List<String> command = AgentProcess.command(ON_LOOPBACK);
    int jar = command.indexOf("-jar") + 1;
    Path readable = Files.copy(Path.of(command.get(jar)), directory.resolve("agent.jar"));
    Files.setPosixFilePermissions(readable, PosixFilePermissions.fromString("rw-r--r--"));
    command.set(jar, readable.toString());
    List<String> nobody =
        List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--");
    assumeTrue(
        succeeds(nobody, Programs.java(), "-version"),
        "needs a JDK that ordinary users can run: " + Programs.java());
    command.addAll(0, nobody);

    assertFailed(run(command), 1, "Operation not permitted", "run as root, or with CAP_BPF");
  }

  private static boolean succeeds(List<String> prefix, String... words) throws Exception {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of(words));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
  }

  @Test
  void shouldSayThatLibbpfIsMissing() throws Exception {
    Programs.assumeInstalled("ldconfig");
    Process ldconfig = new ProcessBuilder("ldconfig", "-p").start();
    List<String> libraries =
        ldconfig
            .inputReader()
            .lines()
            .filter(line -> line.contains("libbpf.so.1 "))
            .map(line -> line.replaceFirst(".*=> ", ""))
            .toList();
    assumeTrue(!libraries.isEmpty(), "needs libbpf.so.1 where ldconfig knows it");
    // An empty file in its place is as good as none: the loader refuses it.
    String hide = "mount --bind /dev/null " + String.join(" && mount --bind /dev/null ", libraries);

    assertFailed(
        run(withMount(hide, AgentProcess.command(ON_LOOPBACK))),
        1,
        "libbpf.so.1 cannot be loaded",
        "apt-get install libbpf1");
  }

  /** The program has no relocations against the kernel's types, and docs/operating.md says so. */
  @Test
  void shouldDoWithoutTheKernelsBtf() throws Exception {
    List<String> command =
        withMount("mount -t tmpfs none /sys/kernel/btf", AgentProcess.command(ON_LOOPBACK));
    try (AgentProcess agent = AgentProcess.attach(directory, AgentProcess.process(command))) {
      assertThat(agent.stop().stats().get("packets_seen")).isNotNegative();
    }
  }

  @Test
  void shouldNameAnUnknownInterfaceAndThoseThatThereAre() throws Exception {
    assertFailed(
        run(AgentProcess.command("--interface", "nosuch0")),
        1,
        "no such interface: nosuch0",
        "there are: lo (1)");
    assertFailed(
        run(AgentProcess.command("--ifindex", "99999")), 1, "no such interface: 99999", "lo (1)");
  }

  @Test
  void shouldNameAnUnknownNamespace() throws Exception {
    assertFailed(
        run(AgentProcess.command("--netns", "nosuch", "--interface", "lo")),
        1,
        "cannot open network namespace /var/run/netns/nosuch",
        "No such file");
  }

  @Test
  void shouldSayThatAFileIsMissing() throws Exception {
    assertFailed(run(AgentProcess.command("--read", "/nosuch.pcap")), 1, "/nosuch.pcap");
  }

  @ParameterizedTest
  @CsvSource({
    "--nosuch, no such option",
    "-port=80, -port: a long option has two dashes: --port",
    "--port=0, 0 is not a port",
    "--port=65536, 65536 is not a port",
    "--port=80=smtp, smtp",
    "--egress=10.0.0.0/33:80, /33 is not a prefix length",
    "--output=xml, no such output",
    "--stats=0, not a number of seconds",
    "--ifindex=eth0, eth0",
  })
  void shouldRefuseWrongArguments(String argument, String message) throws Exception {
    assertFailed(run(AgentProcess.command(argument)), 2, message, "--help");
  }

  @Test
  void shouldRefuseAWrongEndpoint() throws Exception {
    ProcessBuilder builder = AgentProcess.process(AgentProcess.command("--interface", "lo"));
    builder.environment().put("OTEL_EXPORTER_OTLP_ENDPOINT", ":::");

    assertFailed(AgentProcess.run(directory, builder), 2, ":::");
  }
}
