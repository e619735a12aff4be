// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static io.wirespan.agent.SkippingPeers.DOWNLOADS;
import static io.wirespan.agent.SkippingPeers.TWO_DOWNLOADS;
import static io.wirespan.agent.SkippingPeers.assertWhole;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Large bodies, and whole connections, that the kernel leaves out of the ring. */
class SkippedBodiesIT {
  @RegisterExtension private final Testbed testbed = Testbed.direct();
  private final SkippingPeers peers = new SkippingPeers(testbed);

  @Test
  void shouldReportADownloadAndTheSmallRequestsBehindIt() throws Exception {
    String client =
        """
        c=connect()
        for n in (20000000,5,7,30000000,9,1000000,1000000,1000000,11):
          c.sendall(b'GET /%d HTTP/1.1\\r\\n\\r\\n'%n);head(c);take(c,n)
        c.close()
        """;
    AgentProcess.Ended ended = peers.trace(DOWNLOADS, client);

    assertThat(ended.lines()).hasSize(9);
    for (Map<String, Object> line : ended.lines()) {
      assertWhole(line, 0, Long.parseLong(Lines.target(line).substring(1)));
    }
    assertThat(ended.stats().ignored("skipped-body")).isPositive();
    assertThat(ended.stats().get("gap_bytes")).isZero();
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
        c.sendall(b'PUT /up HTTP/1.1\\r\\nContent-Length: 20000000\\r\\n\\r\\n');put_slowly(c,20000000);head(c)
        c.sendall(b'GET /next HTTP/1.1\\r\\n\\r\\n');head(c);c.close()
        """;
    AgentProcess.Ended ended = peers.trace(server, client);

    assertThat(ended.lines()).hasSize(2);
    assertWhole(ended.lines().get(0), 20_000_000, 0);
    assertWhole(ended.lines().get(1), 0, 0);
    assertThat(ended.stats().ignored("skipped-body")).isPositive();
  }

  @Test
  void shouldReportALargeChunkAndABodyThatEndsAtClose() throws Exception {
    String server =
        """
        s=listen();c,_=s.accept()
        head(c);c.sendall(b'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n')
        c.sendall(b'%x\\r\\n'%9000000);put_slowly(c,9000000);c.sendall(b'\\r\\n3\\r\\nend\\r\\n0\\r\\n\\r\\n')
        head(c);c.sendall(b'HTTP/1.1 200 OK\\r\\n\\r\\n');put_slowly(c,8000000);c.close()
        """;
    String client =
        """
        c=connect()
        c.sendall(b'GET /chunked HTTP/1.1\\r\\n\\r\\n');head(c);take(c,9000023)
        c.sendall(b'GET /close HTTP/1.1\\r\\n\\r\\n');head(c);take_all(c,8000000)
        """;
    AgentProcess.Ended ended = peers.trace(server, client);

    assertThat(ended.lines()).hasSize(2);
    assertWhole(ended.lines().get(0), 0, 9_000_003);
    assertWhole(ended.lines().get(1), 0, 8_000_000);
    assertThat(ended.stats().ignored("skipped-body")).isPositive();
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
    AgentProcess.Ended ended = peers.trace(DOWNLOADS, client);

    assertThat(ended.lines())
        .extracting(line -> line.get("target"))
        .containsExactly("/20000000", "/5", "/1000000", "/7");
    for (Map<String, Object> line : ended.lines()) {
      assertWhole(line, 0, Long.parseLong(Lines.target(line).substring(1)));
    }
    assertThat(ended.stats().ignored("skipped-body")).isPositive();
  }

  @Test
  void shouldNotTakeWhatFollowsAResponseToHeadForItsBody() throws Exception {
    String server =
        """
        s=listen();c,_=s.accept()
        while True:
          h=next_head(c)
          if not h: break
          c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 3000000\\r\\n\\r\\n')
          if not h.startswith(b'HEAD'): put_slowly(c,3000000)
        """;
    String client =
        """
        c=connect()
        for m in ('GET','HEAD','HEAD','GET','HEAD','GET'):
          c.sendall(b'%s /x HTTP/1.1\\r\\n\\r\\n'%m.encode());head(c);take(c,3000000*(m=='GET'))
        c.sendall(b'HEAD /x HTTP/1.1\\r\\n\\r\\nHEAD /x HTTP/1.1\\r\\n\\r\\nGET /x HTTP/1.1\\r\\n\\r\\n')
        head(c);head(c);head(c);take(c,3000000);c.close()
        """;
    AgentProcess.Ended ended = peers.trace(server, client);

    assertThat(ended.lines())
        .extracting(line -> line.get("method"))
        .containsExactly("GET", "HEAD", "HEAD", "GET", "HEAD", "GET", "HEAD", "HEAD", "GET");
    for (Map<String, Object> line : ended.lines()) {
      assertWhole(line, 0, line.get("method").equals("GET") ? 3_000_000 : 0);
    }
    assertThat(ended.stats().ignored("skipped-body")).isPositive();
  }

  @Test
  void shouldSkipOnLoopback() throws Exception {
    AgentProcess.Ended ended =
        peers.traceOn(
            testbed.network().server(), "lo", testbed.network().server(), DOWNLOADS, TWO_DOWNLOADS);

    assertThat(ended.lines()).hasSize(2);
    assertWhole(ended.lines().get(0), 0, 20_000_000);
    assertWhole(ended.lines().get(1), 0, 5);
    assertThat(ended.stats().ignored("skipped-body")).isPositive();
  }

  @Test
  void shouldCountAPlainTcpConnection() throws Exception {
    String server = "s=listen();c,_=s.accept();c.recv(9);put_slowly(c,20000000);c.close()\n";
    String client = "c=connect();c.sendall(b'hi');take_all(c,20000000)\n";
    AgentProcess.Ended ended = peers.trace(server, client, "--port", "8080=tcp");

    Map<String, Object> line = ended.lines().getFirst();
    assertWhole(line, 2, 20_000_000);
    assertThat(ended.stats().ignored("skipped-body")).isPositive();
  }

  @Test
  void shouldLeaveWhatIsNotHttpInTheKernel() throws Exception {
    String server =
        """
        s=listen();c,_=s.accept();c.recv(1000)
        n=6000000;put_slowly(c,n);c.close()
        """;
    String client =
        "c=connect();c.sendall(b'\\x16\\x03\\x01\\x00\\x05hello');take_all(c,6000000);c.close()\n";
    AgentProcess.Ended ended = peers.trace(server, client, "--port", "8080");

    assertThat(ended.lines()).isEmpty();
    assertThat(ended.stats().get("connections_not_http")).isEqualTo(1);
    assertThat(ended.stats().get("connections_open")).isZero();
    assertThat(ended.stats().ignored("skipped-connection")).isPositive();
  }
}
