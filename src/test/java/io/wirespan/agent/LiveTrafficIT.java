// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static io.wirespan.bpf.TestNetwork.SERVER_ADDRESS;
import static io.wirespan.bpf.TestNetwork.SERVER_ADDRESS_6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.wirespan.bpf.Privileges;
import io.wirespan.bpf.TestNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real programs, a real kernel, the real jar: whatever curl calls and nginx serves is reported once
 * and as nginx's own log has it, wherever the agent is attached.
 */
class LiveTrafficIT {
  private static final String SERVER = "http://" + SERVER_ADDRESS + ":8080";

  @TempDir private Path directory;
  private TestNetwork network;
  private Nginx nginx;

  @BeforeEach
  void requirements() throws Exception {
    Privileges.assumeRootAndKernel();
    Programs.assumeInstalled("nginx", "curl", "ip");
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

  private void serve(TestNetwork on) throws IOException {
    network = on;
    nginx = Nginx.start(network.server(), directory);
  }

  private AgentProcess attach(String namespace, String interfaces, String... options)
      throws IOException {
    String[] words = new String[options.length + 6];
    List.of("--netns", namespace, "--interface", interfaces, "--output", "json").toArray(words);
    System.arraycopy(options, 0, words, 6, options.length);
    return AgentProcess.attach(directory, words);
  }

  /** 106 requests of many kinds on two keep-alive connections. */
  private void callEverything(String server) throws IOException {
    Programs.curl(network.client(), server + "/n/[1-50]?q=a%20b");
    String[] mixed = {
      server + "/file/{0,1,1000,100000}",
      "--next",
      "--output",
      "/dev/null",
      "--head",
      server + "/file/1000",
      "--next",
      "--output",
      "/dev/null",
      "--header",
      "Host: shop.example",
      server + "/error",
      "--next",
      "--output",
      "/dev/null",
      server + "/missing",
      "--next",
      "--output",
      "/dev/null",
      "--data",
      "abc",
      server + "/new",
      "--next",
      "--output",
      "/dev/null",
      "--data",
      "x".repeat(5_000),
      server + "/new",
      "--next",
      "--output",
      "/dev/null",
      "--request",
      "DELETE",
      server + "/new",
      "--next",
      "--output",
      "/dev/null",
      server + "/n/[1-46]"
    };
    Programs.curl(network.client(), mixed);
  }

  private AgentProcess.Ended stopComplete(AgentProcess agent) throws IOException {
    AgentProcess.Ended ended = agent.stop();
    assertThat(ended.calls()).hasSize(106).containsExactlyElementsOf(nginx.calls());
    assertThat(ended.lines()).allMatch(line -> line.get("complete").equals(true));
    assertThat(ended.stats().get("exchanges_complete")).isEqualTo(106);
    assertThat(ended.stats().incomplete()).isZero();
    assertThat(ended.stats().lost()).isZero();
    return ended;
  }

  private static Predicate<Map<String, Object>> with(String key, Object value) {
    return line -> value.equals(line.get(key));
  }

  @Test
  void shouldReportEveryCallInsideTheServersNamespace() throws Exception {
    serve(new TestNetwork());
    try (AgentProcess agent = attach(network.server(), "srv")) {
      callEverything(SERVER);

      AgentProcess.Ended ended = stopComplete(agent);
      assertThat(ended.lines()).allMatch(with("kind", "server")).allMatch(with("interface", "srv"));
      assertThat(ended.lines().stream().map(line -> line.get("client")).distinct()).hasSize(2);
    }
  }

  @Test
  void shouldReportEveryCallOnTheHostsEndOfTheLink() throws Exception {
    serve(TestNetwork.throughHost());
    try (AgentProcess agent = attach(network.host(), TestNetwork.HOST_INTERFACE)) {
      callEverything(SERVER);

      AgentProcess.Ended ended = stopComplete(agent);
      assertThat(ended.errorText()).contains("side OUTSIDE");
      assertThat(ended.lines()).allMatch(with("kind", "server"));
    }
  }

  @Test
  void shouldReportEveryCallFromTheClientsSide() throws Exception {
    serve(new TestNetwork());
    try (AgentProcess agent = attach(network.client(), "cli")) {
      callEverything(SERVER);

      assertThat(stopComplete(agent).lines()).allMatch(with("kind", "client"));
    }
  }

  @Test
  void shouldReportIpv6() throws Exception {
    serve(new TestNetwork());
    try (AgentProcess agent = attach(network.server(), "srv")) {
      String server = "[" + SERVER_ADDRESS_6 + "]:8080";
      callEverything("http://" + server);

      assertThat(stopComplete(agent).lines()).allMatch(with("server", server));
    }
  }

  @Test
  void shouldReportLoopbackOnce() throws Exception {
    serve(new TestNetwork());
    try (AgentProcess agent = attach(network.server(), "lo")) {
      Programs.curl(network.server(), "http://127.0.0.1:8080/n/[1-30]", "http://[::1]:8080/n/31");

      AgentProcess.Ended ended = agent.stop();
      assertThat(ended.calls()).hasSize(31).containsExactlyElementsOf(nginx.calls());
    }
  }

  @Test
  void shouldReportTwoInterfacesAtOnce() throws Exception {
    serve(new TestNetwork());
    try (AgentProcess agent = attach(network.server(), "srv=shop,lo")) {
      Programs.curl(network.client(), SERVER + "/n/[1-20]");
      Programs.curl(network.server(), "http://127.0.0.1:8080/n/[21-30]");

      AgentProcess.Ended ended = agent.stop();
      assertThat(ended.calls()).containsExactlyElementsOf(nginx.calls());
      assertThat(ended.lines()).filteredOn(with("interface", "srv")).hasSize(20);
      assertThat(ended.lines()).filteredOn(with("interface", "lo")).hasSize(10);
    }
  }

  @Test
  void shouldAttachByIndexAndReportEachInterfaceOfTheWay() throws Exception {
    serve(TestNetwork.throughHost());
    String index = TestNetwork.run(network.host(), "cat", "/sys/class/net/hcli/ifindex").strip();
    String[] options = {
      "--netns", network.host(), "--ifindex", index, "--interface", "hsrv", "--output", "json"
    };
    try (AgentProcess agent = AgentProcess.attach(directory, options)) {
      Programs.curl(network.client(), SERVER + "/n/[1-20]");

      AgentProcess.Ended ended = agent.stop();
      assertThat(ended.lines()).filteredOn(with("interface", "hcli")).hasSize(20);
      assertThat(ended.lines()).filteredOn(with("interface", "hsrv")).hasSize(20);
      // Seen from the host's ends: the client's workload calls, the server's is called.
      assertThat(ended.lines())
          .allMatch(
              line -> line.get("interface").equals("hcli") == with("kind", "client").test(line));
    }
  }

  @Test
  void shouldReportDeclaredDestinationsOnly() throws Exception {
    serve(new TestNetwork());
    try (AgentProcess agent = attach(network.client(), "cli", "--egress", "10.0.0.0/8:80")) {
      Programs.curl(network.client(), SERVER + "/n/1", "http://" + SERVER_ADDRESS + "/n/[2-9]");
      Programs.curl(network.client(), "http://[" + SERVER_ADDRESS_6 + "]/n/10");

      AgentProcess.Ended ended = agent.stop();
      assertThat(ended.calls()).containsExactlyElementsOf(nginx.calls().subList(1, 9));
      assertThat(ended.lines()).allMatch(with("kind", "client"));
    }
  }

  @Test
  void shouldReportDeclaredPortsOnly() throws Exception {
    serve(new TestNetwork());
    try (AgentProcess agent = attach(network.server(), "srv", "--port", "8080")) {
      Programs.curl(network.client(), "http://" + SERVER_ADDRESS + "/n/1", SERVER + "/n/[2-9]");

      AgentProcess.Ended ended = agent.stop();
      assertThat(ended.calls()).containsExactlyElementsOf(nginx.calls().subList(1, 9));
      assertThat(ended.lines()).allMatch(with("kind", "server"));
    }
  }

  @Test
  void shouldReportAVlanInterfaceAndTheTaggedPacketsBelowIt() throws Exception {
    network = new TestNetwork();
    try {
      addVlan(network.client(), "cli", "10.78.0.2/24");
      addVlan(network.server(), "srv", "10.78.0.1/24");
    } catch (IOException e) {
      abort("needs a kernel with 802.1Q: " + e.getMessage());
    }
    nginx = Nginx.start(network.server(), directory);
    try (AgentProcess agent = attach(network.server(), "vlan5,srv")) {
      Programs.curl(network.client(), "http://10.78.0.1:8080/n/[1-20]");

      AgentProcess.Ended ended = agent.stop();
      assertThat(ended.lines()).filteredOn(with("interface", "vlan5")).hasSize(20);
      assertThat(ended.lines()).filteredOn(with("interface", "srv")).hasSize(20);
    }
  }

  private static void addVlan(String namespace, String link, String address) throws IOException {
    TestNetwork.ip(
        "-n", namespace, "link", "add", "link", link, "name", "vlan5", "type", "vlan", "id", "5");
    TestNetwork.ip("-n", namespace, "addr", "add", address, "dev", "vlan5");
    TestNetwork.ip("-n", namespace, "link", "set", "vlan5", "up");
  }

  /** As above, for kernels that cannot tag: a program behind a TAP interface does it. */
  @Test
  void shouldReportTaggedPackets() throws Exception {
    serve(new TestNetwork());
    try (VlanTap _ = VlanTap.start(network.client(), "cli", "10.78.0.2/24");
        VlanTap _ = VlanTap.start(network.server(), "srv", "10.78.0.1/24");
        AgentProcess agent = attach(network.server(), "srv,tap5")) {
      Programs.curl(network.client(), "http://10.78.0.1:8080/file/{1,1000,100000}");

      AgentProcess.Ended ended = agent.stop();
      for (String name : List.of("srv", "tap5")) {
        assertThat(ended.lines())
            .filteredOn(with("interface", name))
            .extracting(Call::of)
            .containsExactlyElementsOf(nginx.calls());
      }
      assertThat(ended.lines()).allMatch(with("kind", "server"));
    }
  }

  @Test
  void shouldReportWhatCrossedBeforeItWasStopped() throws Exception {
    serve(new TestNetwork());
    for (int round = 0; round < 3; round++) {
      try (AgentProcess agent = attach(network.server(), "srv")) {
        int before = nginx.calls().size();
        Programs.curl(network.client(), SERVER + "/n/[1-5]");

        // Not a moment later: what is still in the rings counts, too.
        assertThat(agent.stop().calls())
            .containsExactlyElementsOf(nginx.calls().subList(before, before + 5));
      }
    }
  }
}
