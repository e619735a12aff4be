// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static io.wirespan.agent.Lines.with;
import static io.wirespan.bpf.TestNetwork.SERVER_ADDRESS;
import static io.wirespan.bpf.TestNetwork.SERVER_ADDRESS_6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.wirespan.bpf.TestNetwork;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Real programs, a real kernel, the real jar: whatever curl calls and nginx serves is reported once
 * and as nginx's own log has it, wherever the agent is attached.
 */
class LiveTrafficIT {
  @RegisterExtension private final Testbed testbed = Testbed.direct();
  private Nginx nginx;

  @BeforeEach
  void serve() throws Exception {
    nginx = testbed.startNginx();
  }

  private AgentProcess attachToServer(String interfaces, String... options) throws IOException {
    return attach(testbed.network().server(), interfaces, options);
  }

  private AgentProcess attachToClient(String... options) throws IOException {
    return attach(testbed.network().client(), "cli", options);
  }

  private AgentProcess attach(String namespace, String interfaces, String... options)
      throws IOException {
    ProcessBuilder agent = testbed.agentOn(namespace, interfaces, "--output", "json");
    agent.command().addAll(List.of(options));
    return testbed.attach(agent);
  }

  private void callFromClient(String... urls) throws IOException {
    Programs.curl(testbed.network().client(), urls);
  }

  private void callFromServer(String... urls) throws IOException {
    Programs.curl(testbed.network().server(), urls);
  }

  @Test
  void shouldReportEveryCallInsideTheServersNamespace() throws Exception {
    AgentProcess agent = attachToServer("srv");
    MixedCalls.make(testbed.network().client(), Nginx.URL);

    AgentProcess.Ended ended = MixedCalls.stopComplete(agent, nginx);
    assertThat(ended.lines()).allMatch(with("kind", "server")).allMatch(with("interface", "srv"));
    assertThat(ended.lines().stream().map(line -> line.get("client")).distinct()).hasSize(2);
  }

  @Test
  void shouldReportEveryCallFromTheClientsSide() throws Exception {
    AgentProcess agent = attachToClient();
    MixedCalls.make(testbed.network().client(), Nginx.URL);

    assertThat(MixedCalls.stopComplete(agent, nginx).lines()).allMatch(with("kind", "client"));
  }

  @Test
  void shouldReportIpv6() throws Exception {
    AgentProcess agent = attachToServer("srv");
    String server = "[" + SERVER_ADDRESS_6 + "]:8080";
    MixedCalls.make(testbed.network().client(), "http://" + server);

    assertThat(MixedCalls.stopComplete(agent, nginx).lines()).allMatch(with("server", server));
  }

  @Test
  void shouldReportLoopbackOnce() throws Exception {
    AgentProcess agent = attachToServer("lo");
    callFromServer("http://127.0.0.1:8080/n/[1-30]", "http://[::1]:8080/n/31");

    assertThat(agent.stop().calls()).hasSize(31).containsExactlyElementsOf(nginx.calls());
  }

  @Test
  void shouldReportTwoInterfacesAtOnce() throws Exception {
    AgentProcess agent = attachToServer("srv=shop,lo");
    callFromClient(Nginx.URL + "/n/[1-20]");
    callFromServer("http://127.0.0.1:8080/n/[21-30]");

    AgentProcess.Ended ended = agent.stop();
    assertThat(ended.calls()).containsExactlyElementsOf(nginx.calls());
    assertThat(ended.lines()).filteredOn(with("interface", "srv")).hasSize(20);
    assertThat(ended.lines()).filteredOn(with("interface", "lo")).hasSize(10);
  }

  @Test
  void shouldReportDeclaredDestinationsOnly() throws Exception {
    AgentProcess agent = attachToClient("--egress", "10.0.0.0/8:80");
    callFromClient(Nginx.URL + "/n/1", "http://" + SERVER_ADDRESS + "/n/[2-9]");
    callFromClient("http://[" + SERVER_ADDRESS_6 + "]/n/10");

    AgentProcess.Ended ended = agent.stop();
    assertThat(ended.calls()).containsExactlyElementsOf(nginx.calls().subList(1, 9));
    assertThat(ended.lines()).allMatch(with("kind", "client"));
  }

  @Test
  void shouldReportDeclaredPortsOnly() throws Exception {
    AgentProcess agent = attachToServer("srv", "--port", "8080");
    callFromClient("http://" + SERVER_ADDRESS + "/n/1", Nginx.URL + "/n/[2-9]");

    AgentProcess.Ended ended = agent.stop();
    assertThat(ended.calls()).containsExactlyElementsOf(nginx.calls().subList(1, 9));
    assertThat(ended.lines()).allMatch(with("kind", "server"));
  }

  @Test
  void shouldReportAVlanInterfaceAndTheTaggedPacketsBelowIt() throws Exception {
    try {
      addVlan(testbed.network().client(), "cli", "10.78.0.2/24");
      addVlan(testbed.network().server(), "srv", "10.78.0.1/24");
    } catch (IOException e) {
      abort("needs a kernel with 802.1Q: " + e.getMessage());
    }
    AgentProcess agent = attachToServer("vlan5,srv");
    callFromClient("http://10.78.0.1:8080/n/[1-20]");

    AgentProcess.Ended ended = agent.stop();
    assertThat(ended.lines()).filteredOn(with("interface", "vlan5")).hasSize(20);
    assertThat(ended.lines()).filteredOn(with("interface", "srv")).hasSize(20);
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
    VlanTap.start(testbed, testbed.network().client(), "cli", "10.78.0.2/24");
    VlanTap.start(testbed, testbed.network().server(), "srv", "10.78.0.1/24");
    AgentProcess agent = attachToServer("srv,tap5");
    callFromClient("http://10.78.0.1:8080/file/{1,1000,100000}");

    AgentProcess.Ended ended = agent.stop();
    for (String name : List.of("srv", "tap5")) {
      assertThat(ended.lines())
          .filteredOn(with("interface", name))
          .extracting(Call::of)
          .containsExactlyElementsOf(nginx.calls());
    }
    assertThat(ended.lines()).allMatch(with("kind", "server"));
  }

  @Test
  void shouldReportWhatCrossedBeforeItWasStopped() throws Exception {
    for (int round = 0; round < 3; round++) {
      AgentProcess agent = attachToServer("srv");
      int before = nginx.calls().size();
      callFromClient(Nginx.URL + "/n/[1-5]");

      // Not a moment later: what is still in the rings counts, too.
      assertThat(agent.stop().calls())
          .containsExactlyElementsOf(nginx.calls().subList(before, before + 5));
    }
  }

  /** A card makes frames of less than 60 bytes that long; what it adds is of no packet. */
  @Test
  void shouldNotTakePaddingForPayload() throws Exception {
    AgentProcess agent = attachToServer("srv");
    TestNetwork.run(testbed.network().client(), Python.program("padding.py", "cli"));
    agent.awaitOutputLines(2);

    AgentProcess.Ended ended = agent.stop();
    assertThat(ended.lines()).extracting(Lines::target).containsExactly("/1", "/2");
    assertThat(ended.lines()).allMatch(Lines::isComplete);
    for (Map<String, Object> line : ended.lines()) {
      assertThat(Lines.message(line, "request")).containsEntry("retransmits", 0L);
      assertThat(Lines.message(line, "response")).containsEntry("retransmits", 0L);
    }
    assertThat(ended.stats().ignored("pure-ack")).isEqualTo(4);
  }
}
