// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.bpf.Privileges;
import io.wirespan.bpf.TestNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What a test of the live agent stands on: root and a kernel, a client's and a server's network
 * namespace, and a directory. The test is skipped where that cannot be had.
 *
 * <p>Whatever was started through it has ended and is removed when the test is over, the last
 * first.
 */
final class Testbed implements BeforeEachCallback {
  private interface Maker<T> {
    T make() throws IOException;
  }

  private final Maker<TestNetwork> maker;
  private ExtensionContext.Store opened;
  private Path directory;
  private TestNetwork network;

  private Testbed(Maker<TestNetwork> maker) {
    this.maker = maker;
  }

  /** Client and server are joined directly. */
  static Testbed direct() {
    return new Testbed(TestNetwork::new);
  }

  /** Client and server are joined as a host joins its containers. */
  static Testbed throughHost() {
    return new Testbed(TestNetwork::throughHost);
  }

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    Privileges.assumeRootAndKernel();
    Programs.assumeInstalled("ip");
    // JUnit closes what is in a store, the last first.
    opened = context.getStore(ExtensionContext.Namespace.create(this));
    directory = Files.createTempDirectory("wirespan");
    closing(() -> delete(directory));
    network = closing(maker.make());
  }

  private <T extends AutoCloseable> T closing(T resource) {
    opened.put(resource, resource);
    return resource;
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  TestNetwork network() {
    return network;
  }

  /** For files of the test. */
  Path directory() {
    return directory;
  }

  /** nginx where the server is. */
  Nginx startNginx() throws IOException {
    return closing(Nginx.start(network.server(), directory));
  }

  /** A capture of what crosses the server's end of the link. */
  Tshark startTshark() throws IOException {
    return closing(Tshark.capture(directory, network.server(), TestNetwork.SERVER_INTERFACE));
  }

  /** The same of the beginnings of packets, with a buffer that a busy machine does not fill. */
  Tshark startTsharkOfHeaders() throws IOException {
    return closing(
        Tshark.captureHeaders(directory, network.server(), TestNetwork.SERVER_INTERFACE));
  }

  /** A program that goes on beside the test. */
  Background start(String namespace, String... words) throws IOException {
    return closing(Background.start(directory, namespace, List.of(words)));
  }

  /** The agent for the server's end of the link, to be started. */
  ProcessBuilder agent(String... options) {
    return agentOn(network.server(), TestNetwork.SERVER_INTERFACE, options);
  }

  /** The agent for interfaces of a namespace, as {@code --interface} names them, to be started. */
  ProcessBuilder agentOn(String namespace, String interfaces, String... options) {
    List<String> words = new ArrayList<>(List.of("--netns", namespace, "--interface", interfaces));
    words.addAll(List.of(options));
    return AgentProcess.process(AgentProcess.command(words.toArray(String[]::new)));
  }

  /** Attaches the agent at the server's end of the link. */
  AgentProcess attach(String... options) throws IOException {
    return attach(agent(options));
  }

  /** Attaches the agent to interfaces of a namespace. */
  AgentProcess attachTo(String namespace, String interfaces, String... options) throws IOException {
    return attach(agentOn(namespace, interfaces, options));
  }

  AgentProcess attach(ProcessBuilder agent) throws IOException {
    return closing(AgentProcess.attach(directory, agent));
  }

  /** What the agent makes of a capture, as JSON. */
  AgentProcess.Ended replay(Path capture, String... options) throws IOException {
    List<String> command = AgentProcess.command("--read", capture.toString(), "--output", "json");
    command.addAll(List.of(options));
    AgentProcess.Ended ended = AgentProcess.run(directory, AgentProcess.process(command));
    assertThat(ended.status()).as(ended.errorText()).isZero();
    return ended;
  }
}
