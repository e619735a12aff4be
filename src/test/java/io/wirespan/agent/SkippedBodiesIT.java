// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static io.wirespan.bpf.TestNetwork.SERVER_ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.wirespan.bpf.Privileges;
import io.wirespan.bpf.TestNetwork;
import io.wirespan.telemetry.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Large bodies that the kernel leaves out of the ring, on real connections. Behind the first
 * megabyte of a body little is sent until the accounting line shows that something was left out,
 * however long a busy machine takes for it.
 */
class SkippedBodiesIT {
  /** What both sides share. A third argument names the file that stands for "go on". */
  private static final String COMMON =
      """
      import os,socket,struct,sys,time
      A,P=sys.argv[1],int(sys.argv[2])
      MB=b'x'*1000000
      def listen():
        s=socket.socket();s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1)
        s.bind((A,P));s.listen();print('up',flush=True);return s
      def connect(port=0):
        s=socket.socket();s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1)
        if port: s.bind(('',port))
        s.connect((A,P));return s
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
      def put(c,n):
        c.sendall(MB);n-=len(MB)
        while n>1000 and not os.path.exists(sys.argv[3]):
          c.sendall(MB[:1000]);time.sleep(.05);n-=1000
        while n>0:
          d=MB[:n];c.sendall(d);n-=len(d)
      def reset(c):
        c.setsockopt(socket.SOL_SOCKET,socket.SO_LINGER,struct.pack('ii',1,0));c.close()
      """;

  private static final int PATIENCE_SECONDS = 90;
  private static final Pattern SKIPPED = Pattern.compile("\"skipped-(body|connection)\":[1-9]");

  @TempDir private Path directory;
  private TestNetwork network;

  @BeforeEach
  void makeNetwork() throws Exception {
    Privileges.assumeRootAndKernel();
    Programs.assumeInstalled("python3", "ip");
    network = new TestNetwork();
  }

  @AfterEach
  void removeNetwork() throws IOException {
    if (network != null) {
      network.close();
    }
  }

  /** Runs a server and a client beside the agent, whose results it returns. */
  private AgentProcess.Ended trace(String server, String client, String... options)
      throws Exception {
    return traceOn(network.server(), "srv", network.client(), server, client, options);
  }

  private AgentProcess.Ended traceOn(
      String in, String on, String from, String server, String client, String... options)
      throws Exception {
    try (AgentProcess agent = attach(in, on, options)) {
      converse(agent, from, server, client);
      return agent.stop();
    }
  }

  private AgentProcess attach(String in, String on, String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of("--netns", in, "--interface", on));
    words.addAll(List.of("--output", "json", "--stats", "1"));
    words.addAll(List.of(options));
    return AgentProcess.attach(directory, words.toArray(String[]::new));
  }

  private void converse(AgentProcess agent, String from, String server, String client)
      throws Exception {
    Path goOn = directory.resolve("go-on");
    Process serving = python(network.server(), server, goOn).start();
    Process calling = null;
    try {
      assertThat(serving.inputReader().readLine()).isEqualTo("up");
      calling = python(from, client, goOn).start();
      Programs.await(() -> hasSkipped(agent), PATIENCE_SECONDS);
      Files.writeString(goOn, "");
      assertThat(calling.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(serving.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(calling.exitValue()).isZero();
      assertThat(serving.exitValue()).isZero();
    } finally {
      serving.destroyForcibly().waitFor();
      if (calling != null) {
        calling.destroyForcibly().waitFor();
      }
    }
  }

  private static boolean hasSkipped(AgentProcess agent) {
    return agent.errorLines().stream().anyMatch(line -> SKIPPED.matcher(line).find());
  }

  private static ProcessBuilder python(String namespace, String script, Path goOn) {
    List<String> words =
        List.of("python3", "-c", COMMON + script, SERVER_ADDRESS, "8080", goOn.toString());
    return new ProcessBuilder(TestNetwork.in(namespace, words))
        .redirectError(ProcessBuilder.Redirect.INHERIT);
  }

  private static long skipped(AgentProcess.Ended ended) {
    return (long) Json.asObject(ended.stats().line().get("packets_ignored")).get("skipped-body");
  }

  private static Map<String, Object> message(Map<String, Object> line, String which) {
    return Json.asObject(line.get(which));
  }

  private static Map<String, Object> counts(Map<String, Object> line, String which) {
    Map<String, Object> counts = new HashMap<>(message(line, which));
    counts.remove("zero_window_us");
    return counts;
  }

  private static void assertWhole(Map<String, Object> line, long request, long response) {
    assertThat(line)
        .as(line.toString())
        .containsEntry("complete", true)
        .containsEntry("gap_bytes", 0L);
    assertThat(message(line, "request")).containsEntry("body_bytes", request);
    assertThat(message(line, "response")).containsEntry("body_bytes", response);
  }

  private static final String DOWNLOADS =
      """
      s=listen();c,_=s.accept()
      while True:
        h=head(c)
        if not h: break
        n=int(h.split(b' ')[1][1:])
        c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n'%n)
        if n>2000000: put(c,n)
        else: c.sendall(b'y'*n)
      """;

  @Test
  void shouldReportADownloadAndTheSmallRequestsBehindIt() throws Exception {
    String client =
        """
        c=connect()
        for n in (20000000,5,7,30000000,9,1000000,1000000,1000000,11):
          c.sendall(b'GET /%d HTTP/1.1\\r\\n\\r\\n'%n);head(c);take(c,n)
        c.close()
        """;
    AgentProcess.Ended ended = trace(DOWNLOADS, client);

    assertThat(ended.lines()).hasSize(9);
    for (Map<String, Object> line : ended.lines()) {
      assertWhole(line, 0, Long.parseLong(((String) line.get("target")).substring(1)));
    }
    assertThat(skipped(ended)).isPositive();
    assertThat(ended.stats().get("gap_bytes")).isZero();
  }

  /** What was measured with skipping, and without at the same time. */
  private record Both(AgentProcess.Ended skipping, AgentProcess.Ended whole) {
    void assertSameAt(int index) throws IOException {
      Map<String, Object> one = skipping.lines().get(index);
      Map<String, Object> two = whole.lines().get(index);
      for (String which : List.of("request", "response")) {
        // Each of the two hooks takes its own times.
        assertThat(counts(one, which)).as(which).isEqualTo(counts(two, which));
        assertThat((double) message(one, which).get("zero_window_us"))
            .isCloseTo((double) message(two, which).get("zero_window_us"), within(1_000.0));
      }
      for (String key : List.of("duration_us", "ttfb_us", "transfer_us")) {
        assertThat((double) one.get(key)).as(key).isCloseTo((double) two.get(key), within(1_000.0));
      }
    }
  }

  /** The rings are so large that nothing is lost on a busy machine. */
  private Both traceBoth(String server, String client) throws Exception {
    try (AgentProcess whole =
        attach(network.server(), "srv", "--skip-bodies", "off", "--ring-size", "64m")) {
      AgentProcess.Ended skipping = trace(server, client, "--ring-size", "64m");
      return new Both(skipping, whole.stop());
    }
  }

  @Test
  void shouldMeasureAsATracerThatSkipsNothing() throws Exception {
    Programs.assumeInstalled("tshark");
    Both both;
    Path packets;
    try (Tshark tshark = Tshark.captureHeaders(directory, network.server(), "srv")) {
      both = traceBoth(DOWNLOADS, TWO_DOWNLOADS);
      packets = tshark.stop();
    }
    assertThat(skipped(both.skipping)).isPositive();
    assertThat(skipped(both.whole)).isZero();
    Map<String, Object> line = both.skipping.lines().getFirst();
    assertWhole(line, 0, 20_000_000);
    both.assertSameAt(0);
    both.assertSameAt(1);
    assertAgreesWithReplay(line, packets);
  }

  /** What tshark has of the packets gives the same times, by its clock. */
  private void assertAgreesWithReplay(Map<String, Object> line, Path packets) throws IOException {
    List<String> words = AgentProcess.command("--read", packets.toString(), "--output", "json");
    AgentProcess.Ended replayed = AgentProcess.run(directory, AgentProcess.process(words));
    Map<String, Object> theirs = replayed.lines().getFirst();
    assertThat(message(theirs, "response")).containsEntry("body_bytes", 20_000_000L);
    for (String key : List.of("duration_us", "ttfb_us", "transfer_us")) {
      assertThat((double) line.get(key))
          .as(key)
          .isCloseTo((double) theirs.get(key), within(1_000.0));
    }
  }

  @Test
  void shouldReportAnUpload() throws Exception {
    String server =
        """
        s=listen();c,_=s.accept()
        for n in (20000000,0):
          head(c);take(c,n);c.sendall(b'HTTP/1.1 204 No Content\\r\\n\\r\\n')
        c.recv(1)
        """;
    String client =
        """
        c=connect()
        c.sendall(b'PUT /up HTTP/1.1\\r\\nContent-Length: 20000000\\r\\n\\r\\n');put(c,20000000);head(c)
        c.sendall(b'GET /next HTTP/1.1\\r\\n\\r\\n');head(c);c.close()
        """;
    AgentProcess.Ended ended = trace(server, client);

    assertThat(ended.lines()).hasSize(2);
    assertWhole(ended.lines().get(0), 20_000_000, 0);
    assertWhole(ended.lines().get(1), 0, 0);
    assertThat(skipped(ended)).isPositive();
  }

  @Test
  void shouldReportALargeChunkAndABodyThatEndsAtClose() throws Exception {
    String server =
        """
        s=listen();c,_=s.accept()
        head(c);c.sendall(b'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n')
        c.sendall(b'%x\\r\\n'%9000000);put(c,9000000);c.sendall(b'\\r\\n3\\r\\nend\\r\\n0\\r\\n\\r\\n')
        head(c);c.sendall(b'HTTP/1.1 200 OK\\r\\n\\r\\n');put(c,8000000);c.close()
        """;
    String client =
        """
        c=connect()
        c.sendall(b'GET /chunked HTTP/1.1\\r\\n\\r\\n');head(c);take(c,9000023)
        c.sendall(b'GET /close HTTP/1.1\\r\\n\\r\\n');head(c);take(c,8000001)
        """;
    AgentProcess.Ended ended = trace(server, client);

    assertThat(ended.lines()).hasSize(2);
    assertWhole(ended.lines().get(0), 0, 9_000_003);
    assertWhole(ended.lines().get(1), 0, 8_000_000);
    assertThat(skipped(ended)).isPositive();
  }

  @Test
  void shouldReportPipelinedRequests() throws Exception {
    String client =
        """
        c=connect();want=(20000000,5,1000000,7)
        c.sendall(b''.join(b'GET /%d HTTP/1.1\\r\\n\\r\\n'%n for n in want))
        for n in want: head(c);take(c,n)
        c.close()
        """;
    AgentProcess.Ended ended = trace(DOWNLOADS, client);

    assertThat(ended.lines())
        .extracting(line -> line.get("target"))
        .containsExactly("/20000000", "/5", "/1000000", "/7");
    for (Map<String, Object> line : ended.lines()) {
      assertWhole(line, 0, Long.parseLong(((String) line.get("target")).substring(1)));
    }
    assertThat(skipped(ended)).isPositive();
  }

  @Test
  void shouldNotTakeWhatFollowsAResponseToHeadForItsBody() throws Exception {
    String server =
        """
        s=listen();c,_=s.accept()
        while True:
          h=head(c)
          if not h: break
          c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 3000000\\r\\n\\r\\n')
          if not h.startswith(b'HEAD'): put(c,3000000)
        """;
    String client =
        """
        c=connect()
        for m in ('GET','HEAD','HEAD','GET','HEAD','GET'):
          c.sendall(b'%s /x HTTP/1.1\\r\\n\\r\\n'%m.encode());head(c);take(c,3000000*(m=='GET'))
        c.sendall(b'HEAD /x HTTP/1.1\\r\\n\\r\\nHEAD /x HTTP/1.1\\r\\n\\r\\nGET /x HTTP/1.1\\r\\n\\r\\n')
        head(c);head(c);head(c);take(c,3000000);c.close()
        """;
    AgentProcess.Ended ended = trace(server, client);

    assertThat(ended.lines())
        .extracting(line -> line.get("method"))
        .containsExactly("GET", "HEAD", "HEAD", "GET", "HEAD", "GET", "HEAD", "HEAD", "GET");
    for (Map<String, Object> line : ended.lines()) {
      assertWhole(line, 0, line.get("method").equals("GET") ? 3_000_000 : 0);
    }
    assertThat(skipped(ended)).isPositive();
  }

  /** The client goes away in the middle; its ports are used again at once. */
  @Test
  void shouldReportAnAbortedDownloadAndWhatUsesItsPortsNext() throws Exception {
    String server =
        """
        s=listen()
        for n in (50000000,3):
          c,_=s.accept();head(c)
          try:
            c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n'%n)
            if n>3: put(c,20000000);c.recv(1)
            else: c.sendall(b'end');c.recv(1)
          except ConnectionError: pass
          c.close()
        """;
    String client =
        """
        c=connect(45000);c.sendall(b'GET /aborted HTTP/1.1\\r\\n\\r\\n');head(c);take(c,20000000)
        time.sleep(1.5);reset(c)
        c=connect(45000);c.sendall(b'GET /next HTTP/1.1\\r\\n\\r\\n');head(c);take(c,3);c.close()
        """;
    Both both = traceBoth(server, client);
    AgentProcess.Ended ended = both.skipping;

    assertThat(ended.lines()).hasSize(2);
    both.assertSameAt(0);
    both.assertSameAt(1);
    Map<String, Object> aborted = ended.lines().getFirst();
    assertThat(aborted).containsEntry("complete", false).containsEntry("incomplete", "reset");
    assertThat(aborted).containsEntry("gap_bytes", 0L);
    assertThat(message(aborted, "response")).containsEntry("body_bytes", 20_000_000L);
    assertWhole(ended.lines().get(1), 0, 3);
    assertThat(skipped(ended)).isPositive();
  }

  @Test
  void shouldCountTheTimeOfAFullReceiver() throws Exception {
    String client =
        """
        c=socket.socket();c.setsockopt(socket.SOL_SOCKET,socket.SO_RCVBUF,65536);c.connect((A,P))
        c.sendall(b'GET /10000000 HTTP/1.1\\r\\n\\r\\n');head(c)
        take(c,3000000);time.sleep(2);take(c,7000000);c.close()
        """;
    AgentProcess.Ended ended = trace(DOWNLOADS, client);

    Map<String, Object> line = ended.lines().getFirst();
    assertWhole(line, 0, 10_000_000);
    assertThat((double) message(line, "response").get("zero_window_us")).isGreaterThan(1_000_000);
    assertThat(skipped(ended)).isPositive();
  }

  @Test
  void shouldSkipOnLoopback() throws Exception {
    AgentProcess.Ended ended =
        traceOn(network.server(), "lo", network.server(), DOWNLOADS, TWO_DOWNLOADS);

    assertThat(ended.lines()).hasSize(2);
    assertWhole(ended.lines().get(0), 0, 20_000_000);
    assertWhole(ended.lines().get(1), 0, 5);
    assertThat(skipped(ended)).isPositive();
  }

  private static final String TWO_DOWNLOADS =
      """
      c=connect()
      for n in (20000000,5):
        c.sendall(b'GET /%d HTTP/1.1\\r\\n\\r\\n'%n);head(c);take(c,n)
      c.close()
      """;

  /** A link with a short queue, which drops what the server's hook has seen. */
  private void makeLossy() throws IOException {
    String queue = "tc qdisc add dev srv root tbf rate 400mbit burst 32kb limit 60kb";
    TestNetwork.run(network.server(), queue.split(" "));
  }

  @Test
  void shouldCountRetransmissionsOfWhatIsSkipped() throws Exception {
    makeLossy();
    AgentProcess.Ended ended = trace(DOWNLOADS, TWO_DOWNLOADS);

    assertThat(ended.lines()).hasSize(2);
    assertWhole(ended.lines().get(0), 0, 20_000_000);
    assertThat((long) message(ended.lines().getFirst(), "response").get("retransmits"))
        .isPositive();
    assertWhole(ended.lines().get(1), 0, 5);
    assertThat(skipped(ended)).isPositive();
  }

  @Test
  void shouldSkipAroundSegmentsThatAreLostBeforeTheHook() throws Exception {
    makeLossy();
    AgentProcess.Ended ended =
        traceOn(network.client(), "cli", network.client(), DOWNLOADS, TWO_DOWNLOADS);

    assertThat(ended.lines()).hasSize(2);
    assertWhole(ended.lines().get(0), 0, 20_000_000);
    assertThat((long) message(ended.lines().getFirst(), "response").get("out_of_order"))
        .isPositive();
    assertWhole(ended.lines().get(1), 0, 5);
    assertThat(skipped(ended)).isPositive();
  }

  @Test
  void shouldLeaveWhatIsNotHttpInTheKernel() throws Exception {
    String server =
        """
        s=listen();c,_=s.accept();c.recv(1000)
        n=6000000;put(c,n);c.close()
        """;
    String client =
        "c=connect();c.sendall(b'\\x16\\x03\\x01\\x00\\x05hello');take(c,6000001);c.close()\n";
    AgentProcess.Ended ended = trace(server, client, "--port", "8080");

    assertThat(ended.lines()).isEmpty();
    assertThat(ended.stats().get("connections_not_http")).isEqualTo(1);
    assertThat(ended.stats().get("connections_open")).isZero();
    assertThat(
            (long)
                Json.asObject(ended.stats().line().get("packets_ignored"))
                    .get("skipped-connection"))
        .isPositive();
  }

  @Test
  void shouldCountAPlainTcpConnection() throws Exception {
    String server = "s=listen();c,_=s.accept();c.recv(9);put(c,20000000);c.close()\n";
    String client = "c=connect();c.sendall(b'hi');take(c,20000001)\n";
    AgentProcess.Ended ended = trace(server, client, "--port", "8080=tcp");

    Map<String, Object> line = ended.lines().getFirst();
    assertWhole(line, 2, 20_000_000);
    assertThat(skipped(ended)).isPositive();
  }
}
