// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static io.wirespan.agent.Lines.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.bpf.TestNetwork;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The agent on a host, at its ends of the links to what calls and what is called. */
class HostSideIT {
  @RegisterExtension private final Testbed testbed = Testbed.throughHost();
  private Nginx nginx;

  @BeforeEach
  void serve() throws Exception {
    nginx = testbed.startNginx();
  }

  @Test
  void shouldReportEveryCallOnTheHostsEndOfTheLink() throws Exception {
    AgentProcess agent =
        testbed.attachTo(testbed.network().host(), TestNetwork.HOST_INTERFACE, "--output", "json");
    MixedCalls.make(testbed.network().client(), Nginx.URL);

    AgentProcess.Ended ended = MixedCalls.stopComplete(agent, nginx);
    assertThat(ended.errorText()).contains("side OUTSIDE");
    assertThat(ended.lines()).allMatch(with("kind", "server"));
  }

  @Test
  void shouldAttachByIndexAndReportEachInterfaceOfTheWay() throws Exception {
    String host = testbed.network().host();
    String index = TestNetwork.run(host, "cat", "/sys/class/net/hcli/ifindex").strip();
    AgentProcess agent = testbed.attachTo(host, "hsrv", "--ifindex", index, "--output", "json");
    Programs.curl(testbed.network().client(), Nginx.URL + "/n/[1-20]");

    AgentProcess.Ended ended = agent.stop();
    assertThat(ended.lines()).filteredOn(with("interface", "hcli")).hasSize(20);
    assertThat(ended.lines()).filteredOn(with("interface", "hsrv")).hasSize(20);
    // Seen from the host's ends: the client's workload calls, the server's is called.
    assertThat(ended.lines())
        .allMatch(
            line -> line.get("interface").equals("hcli") == with("kind", "client").test(line));
  }
}
