// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.bpf.TestNetwork;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A client and a server whose large bodies the kernel leaves out of the ring. Behind the first
 * megabyte of a body little is sent until the accounting line shows that something was left out,
 * however long a busy machine takes for it: {@code put_slowly} of peers.py.
 */
final class SkippingPeers {
  /** A server that answers each request with as many bytes as its target says. */
  static final String DOWNLOADS =
      """
      s=listen();c,_=s.accept()
      while True:
        h=next_head(c)
        if not h: break
        n=int(h.split(b' ')[1][1:])
        c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n'%n)
        if n>2000000: put_slowly(c,n)
        else: c.sendall(b'y'*n)
      """;

  /** A client for it. */
  static final String TWO_DOWNLOADS =
      """
      c=connect()
      for n in (20000000,5): get(c,'/%d'%n,n)
      c.close()
      """;

  private static final int PATIENCE_SECONDS = 90;
  private static final Pattern SKIPPED = Pattern.compile("\"skipped-(body|connection)\":[1-9]");

  private final Testbed testbed;

  SkippingPeers(Testbed testbed) {
    this.testbed = testbed;
  }

  /** Runs a server and a client, and the agent at the server's end, whose results it returns. */
  AgentProcess.Ended trace(String server, String client, String... options) throws Exception {
    TestNetwork network = testbed.network();
    String on = TestNetwork.SERVER_INTERFACE;
    return traceOn(network.server(), on, network.client(), server, client, options);
  }

  /** The same with the agent on an interface of another namespace, and the client in a third. */
  AgentProcess.Ended traceOn(
      String in, String on, String from, String server, String client, String... options)
      throws Exception {
    ProcessBuilder builder = testbed.agentOn(in, on, "--output", "json", "--stats", "1");
    builder.command().addAll(List.of(options));
    AgentProcess agent = testbed.attach(builder);
    converse(agent, from, server, client);
    return agent.stop();
  }

  private void converse(AgentProcess agent, String from, String server, String client)
      throws Exception {
    Path goOn = testbed.directory().resolve("go-on");
    Background serving =
        testbed.start(testbed.network().server(), Python.script(server, goOn.toString()));
    serving.awaitLine("up");
    Background calling = testbed.start(from, Python.script(client, goOn.toString()));
    Programs.await(() -> hasSkipped(agent), PATIENCE_SECONDS);
    Files.writeString(goOn, "");
    calling.awaitSuccess();
    serving.awaitSuccess();
  }

  private static boolean hasSkipped(AgentProcess agent) {
    return agent.errorLines().stream().anyMatch(line -> SKIPPED.matcher(line).find());
  }

  /** Complete, nothing missing, and with bodies of these lengths. */
  static void assertWhole(Map<String, Object> line, long request, long response) {
    assertThat(line)
        .as(line.toString())
        .containsEntry("complete", true)
        .containsEntry("gap_bytes", 0L);
    assertThat(Lines.message(line, "request")).containsEntry("body_bytes", request);
    assertThat(Lines.message(line, "response")).containsEntry("body_bytes", response);
  }
}
