// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.agent.BpfObjects.BpfObject;
import io.wirespan.bpf.TestNetwork;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What hangs on an interface before, while and after the agent is there. */
class AttachmentIT {
  @RegisterExtension private final Testbed testbed = Testbed.direct();

  @BeforeEach
  void serve() throws Exception {
    testbed.startNginx();
  }

  private AgentProcess attach() throws IOException {
    return testbed.attach("--output", "json");
  }

  private void callTenTimes() throws IOException {
    Programs.curl(testbed.network().client(), Nginx.URL + "/n/[1-10]");
  }

  /**
   * @param what qdisc, or filter and the hook
   */
  private String show(String kind, String... what) throws IOException {
    Programs.assumeInstalled("tc");
    String command = "tc " + kind + " show dev srv " + String.join(" ", what);
    return TestNetwork.run(testbed.network().server(), command.split(" "));
  }

  private String showAll() throws IOException {
    return show("qdisc") + show("filter", "ingress") + show("filter", "egress");
  }

  private void addFilterOfOthers() throws IOException {
    String namespace = testbed.network().server();
    TestNetwork.run(namespace, "tc", "qdisc", "add", "dev", "srv", "clsact");
    for (String hook : List.of("ingress", "egress")) {
      // Classic BPF: "return 0", no match.
      String filter = "tc filter add dev srv " + hook + " prio 7 bpf bytecode '1,6 0 0 0,'";
      TestNetwork.run(namespace, "sh", "-c", filter + " classid 1:1");
    }
  }

  @Test
  void shouldLeaveNothingBehindWhenKilledUnderLoad() throws Exception {
    addFilterOfOthers();
    String before = showAll();
    String[] wrk = {"wrk", "-t1", "-c4", "-d6", "--latency", Nginx.URL + "/n/1"};
    Background load = testbed.start(testbed.network().client(), wrk);
    AgentProcess agent = attach();
    agent.awaitOutputBytes(100_000);
    List<BpfObject> objects = BpfObjects.heldBy(agent.handle());
    assertThat(objects).extracting(BpfObject::kind).contains("prog");
    assertThat(objects).allMatch(BpfObject::exists);

    agent.kill();

    // The kernel takes the programs away with the descriptors, if not in the same instant.
    assertThat(Programs.await(() -> objects.stream().noneMatch(BpfObject::exists), 5))
        .as(objects.toString())
        .isTrue();
    assertThat(showAll()).isEqualTo(before);
    load.awaitSuccess();
    assertThat(String.join("\n", load.lines()))
        .contains("requests in")
        .doesNotContain("Socket errors", "Non-2xx");

    // And as if nothing had been, the next one.
    AgentProcess next = attach();
    callTenTimes();
    assertThat(next.stop().calls()).hasSize(10);
    assertThat(showAll()).isEqualTo(before);
  }

  @Test
  void shouldLeaveFiltersOfOthersAloneWhenItStartsAndStops() throws Exception {
    addFilterOfOthers();
    String before = show("filter", "ingress");
    assertThat(before).contains("bytecode");
    AgentProcess agent = attach();
    callTenTimes();
    assertThat(show("filter", "ingress")).contains(before);

    agent.stop();

    assertThat(show("filter", "ingress")).isEqualTo(before);
  }

  @Test
  void shouldAddNoQdisc() throws Exception {
    String before = showAll();
    AgentProcess agent = attach();
    assertThat(show("qdisc")).doesNotContain("clsact");

    agent.stop();

    assertThat(showAll()).isEqualTo(before);
  }
}
