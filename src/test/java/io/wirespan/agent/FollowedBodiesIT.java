// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static io.wirespan.bpf.TestNetwork.SERVER_ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.bpf.Privileges;
import io.wirespan.bpf.TestNetwork;
import io.wirespan.telemetry.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bodies that the kernel leaves out of the ring by itself, by the length that it finds in a head,
 * and everything that looks like one and is none. What is reported is what an agent reports that
 * sees every byte of the same connections at the same time.
 */
class FollowedBodiesIT {
  /**
   * A server that answers as the target asks; inside of a tunnel, too. It and its client share a
   * CPU: two might bring a connection's segments to the two agents' hooks in different orders.
   */
  private static final String SERVER =
      """
      import os,socket,sys,threading,time
      os.sched_setaffinity(0,{min(os.sched_getaffinity(0))})
      L='Content-Length: %d\\r\\n\\r\\n'
      def head(c):
        b=b''
        while not b.endswith(b'\\r\\n\\r\\n'):
          d=c.recv(1)
          if not d: return b
          b+=d
        return b
      def take(c,n):
        while n>0:
          d=c.recv(min(n,1<<20))
          if not d: return
          n-=len(d)
      def answer(c,status,length,body=b''):
        c.sendall(('HTTP/1.1 %s\\r\\n'%status+L%length).encode()+body)
      def serve(c):
        while True:
          h=head(c)
          if not h: break
          method,target=h.decode().split(' ')[:2]
          length=[int(l[15:]) for l in h.decode().split('\\r\\n') if l.startswith('Content-Length:')]
          if b'Expect:' in h:
            if target=='/refused': answer(c,'417 Expectation Failed',0);continue
            c.sendall(b'HTTP/1.1 100 Continue\\r\\nContent-Length: 99999\\r\\n\\r\\n')
          if length: take(c,length[0])
          if method=='CONNECT': c.sendall(b'HTTP/1.1 200 Connected\\r\\n\\r\\n')
          elif method=='HEAD': answer(c,'200 OK',3000000)
          elif target=='/304': answer(c,'304 Not Modified',100000)
          elif target=='/204': answer(c,'204 No Content',100000)
          elif target=='/coded':
            c.sendall(b'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\nContent-Length: 300000\\r\\n\\r\\n')
            c.sendall(b'%x\\r\\n'%70000+b'y'*70000+b'\\r\\n0\\r\\n\\r\\n')
          elif target=='/hints':
            answer(c,'103 Early Hints',200000);time.sleep(.02);answer(c,'200 OK',100000,b'y'*100000)
          elif target=='/http':
            b=b'HTTP/1.1 200 OK\\r\\nContent-Length: 90000\\r\\n\\r\\n'
            answer(c,'200 OK',300000,(b+b'y'*300000)[:300000])
          elif target=='/apart':
            answer(c,'200 OK',400000);time.sleep(.02);c.sendall(b'y'*400000)
          elif target=='/ws':
            c.sendall(b'HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n')
            c.recv(100);n=200000;c.sendall(b'\\x82\\x14'+b'q'*20+b'\\x82\\x7f'+n.to_bytes(8,'big'))
            c.recv(100);c.sendall((b'HTTP/1.1 200 OK\\r\\nContent-Length: 300000\\r\\n\\r\\n'+b'y'*n)[:n])
            c.recv(100);c.sendall(b'\\x88\\x02\\x03\\xe8');break
          else: n=int(target[1:]);answer(c,'200 OK',n,b'y'*n)
        c.close()
      s=socket.socket();s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1)
      s.bind((sys.argv[1],8080));s.listen(50);print('up',flush=True)
      while True: threading.Thread(target=serve,args=(s.accept()[0],),daemon=True).start()
      """;

  private static final String CLIENT =
      """
      import os,socket,sys,time
      os.sched_setaffinity(0,{min(os.sched_getaffinity(0))})
      def connect(): return socket.create_connection((sys.argv[1],8080))
      def take(c,n):
        while n>0:
          d=c.recv(min(n,1<<20))
          if not d: raise EOFError
          n-=len(d)
      def head(c):
        b=b''
        while not b.endswith(b'\\r\\n\\r\\n'):
          d=c.recv(1)
          if not d: raise EOFError
          b+=d
        return b
      def get(c,target,n,method='GET'):
        c.sendall(('%s %s HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'%(method,target)).encode());head(c);take(c,n)
      """;

  private static final int PATIENCE_SECONDS = 60;

  @TempDir private Path directory;
  private TestNetwork network;
  private Process server;

  @BeforeEach
  void serve() throws Exception {
    Privileges.assumeRootAndKernel();
    Programs.assumeInstalled("python3", "ip");
    network = new TestNetwork();
    server = python(network.server(), SERVER);
    assertThat(server.inputReader().readLine()).isEqualTo("up");
  }

  @AfterEach
  void cleanUp() throws Exception {
    if (server != null) {
      server.destroyForcibly().waitFor();
    }
    if (network != null) {
      network.close();
    }
  }

  private static Process python(String namespace, String script) throws IOException {
    List<String> words = List.of("python3", "-c", script, SERVER_ADDRESS);
    return new ProcessBuilder(TestNetwork.in(namespace, words))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private AgentProcess attach(String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of("--netns", network.server()));
    words.addAll(List.of("--interface", "srv", "--output", "json", "--ring-size", "64m"));
    words.addAll(List.of(options));
    return AgentProcess.attach(directory, words.toArray(String[]::new));
  }

  private void call(String script) throws Exception {
    Process client = python(network.client(), CLIENT + script);
    try {
      assertThat(client.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(client.exitValue()).isZero();
    } finally {
      client.destroyForcibly();
    }
  }

  private static long count(AgentProcess.Ended ended, String key) {
    return (long) ended.stats().line().get(key);
  }

  private static long skipped(AgentProcess.Ended ended) {
    return (long) Json.asObject(ended.stats().line().get("packets_ignored")).get("skipped-body");
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
        Map<String, Object> counts = new HashMap<>(Json.asObject(fact.get(message)));
        counts.remove("zero_window_us");
        fact.put(message, counts);
      }
      facts.add(fact);
    }
    return facts;
  }

  private void assertReportedAsSeenWhole(int workers, String script) throws Exception {
    try (AgentProcess whole = attach("--skip-bodies", "off");
        AgentProcess leaving = attach("--workers", Integer.toString(workers))) {
      call(script);
      AgentProcess.Ended left = leaving.stop();
      AgentProcess.Ended all = whole.stop();

      assertThat(count(all, "gap_bytes")).isZero();
      assertThat(skipped(all)).isZero();
      assertThat(facts(all)).isNotEmpty();
      assertThat(facts(left)).containsExactlyInAnyOrderElementsOf(facts(all));
      assertThat(count(left, "gap_bytes")).isZero();
      assertThat(skipped(left)).isPositive();
    }
  }

  @Test
  void shouldLeaveOutBodiesFromTheFirstOneOn() throws Exception {
    String script =
        """
        for i in range(8):
          c=connect();get(c,'/5000000',5000000);get(c,'/apart',400000);c.close()
        """;
    try (AgentProcess agent = attach()) {
      call(script);
      AgentProcess.Ended ended = agent.stop();

      assertThat(ended.lines()).hasSize(16).allMatch(line -> line.get("complete").equals(true));
      assertThat(count(ended, "gap_bytes")).isZero();
      // Three for each exchange and two for each connection, if nothing comes out of order.
      long seen = count(ended, "packets_seen");
      assertThat(count(ended, "packets_forwarded")).isBetween(64L, seen / 4);
      assertThat(skipped(ended)).isGreaterThan(seen / 4);
    }
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
