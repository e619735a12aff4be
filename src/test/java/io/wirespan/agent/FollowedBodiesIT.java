// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.bpf.TestNetwork;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bodies that the kernel leaves out of the ring by itself, by the length that it finds in a head,
 * and everything that looks like one and is none. What is reported is what an agent reports that
 * sees every byte of the same connections at the same time.
 */
class FollowedBodiesIT {
  @RegisterExtension private final Testbed testbed = Testbed.direct();

  @BeforeEach
  void serve() throws Exception {
    String[] server = Python.program("body_server.py", TestNetwork.SERVER_ADDRESS);
    testbed.start(testbed.network().server(), server).awaitLine("up");
  }

  /** With rings that hold all of a test, should the agent not get to run. */
  private AgentProcess attach(String... options) throws IOException {
    ProcessBuilder agent = testbed.agent("--output", "json", "--ring-size", "64m");
    agent.command().addAll(List.of(options));
    return testbed.attach(agent);
  }

  private void call(String script) throws Exception {
    String[] client = Python.script("share_a_cpu()\n" + script);
    testbed.start(testbed.network().client(), client).awaitSuccess();
  }

  /** All that does not depend on when a hook saw a packet, and on chance. */
  private static List<Map<String, Object>> facts(AgentProcess.Ended ended) throws IOException {
    List<Map<String, Object>> facts = new ArrayList<>();
    for (Map<String, Object> line : ended.lines()) {
      Map<String, Object> fact = new HashMap<>(line);
      fact.keySet()
          .removeIf(
              key ->
                  key.equals("time")
                      || key.equals("interim")
                      || key.endsWith("_us")
                      || key.endsWith("_id"));
      for (String message : List.of("request", "response")) {
        fact.put(message, Lines.counts(line, message));
      }
      facts.add(fact);
    }
    return facts;
  }

  private void assertReportedAsSeenWhole(int workers, String script) throws Exception {
    AgentProcess whole = attach("--skip-bodies", "off");
    AgentProcess leaving = attach("--workers", "" + workers);
    call(script);
    AgentProcess.Ended left = leaving.stop();
    AgentProcess.Ended all = whole.stop();

    assertThat(all.stats().get("gap_bytes")).isZero();
    assertThat(all.stats().ignored("skipped-body")).isZero();
    assertThat(facts(all)).isNotEmpty();
    assertThat(facts(left)).containsExactlyInAnyOrderElementsOf(facts(all));
    assertThat(left.stats().get("gap_bytes")).isZero();
    assertThat(left.stats().ignored("skipped-body")).isPositive();
  }

  @Test
  void shouldLeaveOutBodiesFromTheFirstOneOn() throws Exception {
    AgentProcess agent = attach();
    call(
        """
        for i in range(8):
          c=connect();get(c,'/5000000',5000000);get(c,'/apart',400000);c.close()
        """);

    AgentProcess.Ended ended = agent.stop();
    AgentProcess.Stats stats = ended.stats();
    assertThat(ended.lines()).hasSize(16).allMatch(Lines::isComplete);
    assertThat(stats.get("gap_bytes")).isZero();
    // Three for each exchange and two for each connection, if nothing comes out of order.
    long seen = stats.get("packets_seen");
    assertThat(stats.get("packets_forwarded")).isBetween(64L, seen / 4);
    assertThat(stats.ignored("skipped-body")).isGreaterThan(seen / 4);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void shouldReportWhatIsNotThereAndWhatIs(int workers) throws Exception {
    assertReportedAsSeenWhole(
        workers,
        """
        for i in range(4):
          c=connect()
          for t,n in (('/1000000',1000000),('/304',0),('/204',0),('/70000',70000),('/5',5)): get(c,t,n)
          get(c,'/x',0,'HEAD');get(c,'/900000',900000);get(c,'/x',0,'HEAD');get(c,'/apart',400000)
          get(c,'/http',300000);get(c,'/coded',70014);get(c,'/800000',800000)
          c.sendall(b'GET /hints HTTP/1.1\\r\\n\\r\\n');head(c);head(c);take(c,100000)
          get(c,'/600000',600000);c.close()
        """);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void shouldReportRequestsWithBodies(int workers) throws Exception {
    assertReportedAsSeenWhole(
        workers,
        """
        def put(c,n,apart):
          c.sendall(b'PUT /7 HTTP/1.1\\r\\nContent-Length: %d\\r\\n\\r\\n'%n)
          if apart: time.sleep(.02)
          c.sendall(b'z'*n);head(c);take(c,7)
        def expect(c,target): c.sendall(b'POST '+target+b' HTTP/1.1\\r\\nExpect: 100-continue\\r\\nContent-Length: 500000\\r\\n\\r\\n');return head(c)
        for i in range(4):
          c=connect();put(c,2000000,False);put(c,900000,True);put(c,9,True)
          expect(c,b'/9');c.sendall(b'z'*500000);head(c);take(c,9)
          expect(c,b'/refused');get(c,'/300000',300000);put(c,80000,False);c.close()
        """);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void shouldReportPipelinedRequests(int workers) throws Exception {
    assertReportedAsSeenWhole(
        workers,
        """
        def ask(method,target): return ('%s %s HTTP/1.1\\r\\n\\r\\n'%(method,target)).encode()
        for i in range(4):
          c=connect()
          c.sendall(ask('HEAD','/x')+ask('GET','/300000')+ask('HEAD','/x')+ask('GET','/304'))
          head(c);head(c);take(c,300000);head(c);head(c)
          c.sendall(ask('GET','/500000'));time.sleep(.01);c.sendall(ask('GET','/http'))
          head(c);take(c,500000);head(c);take(c,300000);get(c,'/100000',100000);c.close()
        """);
  }

  /** What goes through a tunnel has its own messages, and they are nobody's business. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void shouldLeaveTunnelsAlone(int workers) throws Exception {
    assertReportedAsSeenWhole(
        workers,
        """
        for i in range(4):
          c=connect();get(c,'/300000',300000)
          get(c,'a:1',0,'CONNECT');get(c,'/200000',200000);get(c,'/3',3);c.close()
          c=connect();get(c,'/300000',300000)
          c.sendall(b'GET /ws HTTP/1.1\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n');head(c)
          f=b'\\x81\\x8fabcd'+b'hello, dear you'
          c.sendall(f);take(c,32);c.sendall(f);take(c,200000);c.sendall(f);take(c,4);c.close()
        """);
  }
}
