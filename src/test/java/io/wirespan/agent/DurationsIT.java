// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static io.wirespan.agent.Lines.millis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The same requests as the agent saw them live, as it reads them from a capture of the same
 * interface, as tshark measures them there, and as nginx has them in its log.
 */
class DurationsIT {
  @RegisterExtension private final Testbed testbed = Testbed.direct();
  private Nginx nginx;

  @BeforeEach
  void serve() throws Exception {
    nginx = testbed.startNginx();
  }

  private static Map<String, Map<String, Object>> byTarget(AgentProcess.Ended ended)
      throws IOException {
    return ended.lines().stream().collect(Collectors.toMap(Lines::target, Function.identity()));
  }

  @Test
  void shouldMeasureAsOthersDo() throws Exception {
    AgentProcess agent = testbed.attach("--output", "json", "--port", "8080");
    Tshark tshark = testbed.startTshark();
    // The second and third of /slow wait for 300 ms each; /drip answers at once, and for 300 ms.
    Programs.curl(
        testbed.network().client(),
        Nginx.URL + "/n/[1-20]",
        Nginx.URL + "/slow/[1-3]",
        Nginx.URL + "/drip/1",
        Nginx.URL + "/file/{1000,100000}");
    Path packets = tshark.stop();
    AgentProcess.Ended live = agent.stop();

    assertThat(live.calls()).hasSize(26).containsExactlyElementsOf(nginx.calls());
    assertSlow(byTarget(live));
    assertAgreesWithNginx(live);
    assertAgreesWithTshark(byTarget(live), Tshark.httpTimes(packets));
    assertAgreesWithReplay(live, packets);
  }

  private static void assertSlow(Map<String, Map<String, Object>> live) {
    for (String target : List.of("/slow/2", "/slow/3")) {
      assertThat(millis(live.get(target), "ttfb_us")).isGreaterThan(290);
      assertThat(millis(live.get(target), "transfer_us")).isLessThan(100);
    }
    assertThat(millis(live.get("/drip/1"), "ttfb_us")).isLessThan(100);
    assertThat(millis(live.get("/drip/1"), "transfer_us")).isGreaterThan(290);
  }

  /**
   * nginx takes the time when it wakes up, after the request has crossed the interface, and when it
   * has written the answer: its time is never longer, but for the milliseconds of its clock. Half
   * of the requests at least were served without the machine doing something else meanwhile.
   */
  private void assertAgreesWithNginx(AgentProcess.Ended live) throws IOException {
    List<Nginx.Logged> logged = nginx.log();
    List<Double> differences = new ArrayList<>();
    for (int i = 0; i < logged.size(); i++) {
      double ours = millis(live.lines().get(i), "duration_us");
      assertThat(ours)
          .as(logged.get(i).toString())
          .isGreaterThan(logged.get(i).requestMillis() - 1);
      differences.add(ours - logged.get(i).requestMillis());
    }
    differences.sort(null);
    assertThat(differences.get(differences.size() / 2)).isLessThan(1);
  }

  private static void assertAgreesWithTshark(
      Map<String, Map<String, Object>> live, Map<String, Double> theirs) {
    assertThat(theirs).containsOnlyKeys(live.keySet());
    theirs.forEach(
        (target, millis) ->
            assertThat(millis(live.get(target), "duration_us"))
                .as(target)
                .isCloseTo(millis, within(1.0)));
  }

  private void assertAgreesWithReplay(AgentProcess.Ended live, Path packets) throws IOException {
    AgentProcess.Ended replayed = testbed.replay(packets);
    assertThat(replayed.calls()).containsExactlyElementsOf(live.calls());
    for (int i = 0; i < live.lines().size(); i++) {
      Map<String, Object> one = live.lines().get(i);
      Map<String, Object> other = replayed.lines().get(i);
      Lines.assertSameTimes(other, one);
      assertThat(other)
          .containsEntry("client", one.get("client"))
          .containsEntry("server", one.get("server"))
          .containsEntry("request", one.get("request"));
      // A file has a segmentation-offloaded packet as one; how many it became, only the kernel
      // knows.
      if (Call.of(one).body() <= 1_000) {
        assertThat(other).containsEntry("response", one.get("response"));
      }
    }
  }
}
