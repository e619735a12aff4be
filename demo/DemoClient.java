// SPDX-License-Identifier: Apache-2.0
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * The caller of {@code ./run demo}. Arguments: the server's addresses, IPv4 first. Prints how many
 * requests it made; fails on an answer other than the one expected.
 */
final class DemoClient {
  /** The example of the W3C Trace Context recommendation, section 3.2. */
  private static final String TRACE_PARENT =
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  private static final int PORT = 8080;
  private static final int PIPELINE_PORT = 8081;
  private static final int HTTP2_PORT = 8082;

  /** With each answer, on a machine with much else to do. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();
  private int requests;

  public static void main(String[] addresses) throws IOException, InterruptedException {
    DemoClient client = new DemoClient();
    client.callAll(addresses[0]);
    if (addresses.length > 1) {
      client.expect(200, get("[" + addresses[1] + "]", "/users/7"));
    }
    System.out.println(client.requests);
    System.exit(0); // without waiting for the client's idle connections
  }

  private void callAll(String server) throws IOException, InterruptedException {
    for (int user = 1; user <= 5; user++) {
      expect(200, get(server, "/users/" + user));
    }
    expect(200, get(server, "/users/6?fields=name").header("traceparent", TRACE_PARENT));
    expect(200, get(server, "/users/6").HEAD());
    expect(404, get(server, "/missing"));
    expect(500, get(server, "/broken"));
    expect(
        201,
        get(server, "/orders")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("{\"item\":\"tea\",\"count\":3}")));
    expect(200, get(server, "/stream"));
    expect(200, get(server, "/slow"));
    expect(200, get(server, "/download"));
    pipeline(server, 3);
    requests += Http2Calls.callAll(server + ":" + HTTP2_PORT, PATIENCE);
  }

  private static HttpRequest.Builder get(String server, String target) {
    return HttpRequest.newBuilder(URI.create("http://" + server + ":" + PORT + target))
        .timeout(PATIENCE);
  }

  private void expect(int status, HttpRequest.Builder request)
      throws IOException, InterruptedException {
    requests++;
    HttpResponse<Void> response = http.send(request.build(), BodyHandlers.discarding());
    if (response.statusCode() != status) {
      throw new IOException(response + " instead of status " + status);
    }
  }

  /** Sends requests in one write and only then reads the answers. */
  private void pipeline(String server, int depth) throws IOException {
    try (Socket connection = new Socket(server, PIPELINE_PORT)) {
      connection.setSoTimeout((int) PATIENCE.toMillis());
      StringBuilder all = new StringBuilder();
      for (int i = 1; i <= depth; i++) {
        all.append("GET /pipelined/").append(i).append(" HTTP/1.1\r\nHost: ").append(server);
        all.append("\r\n\r\n");
      }
      requests += depth;
      connection.getOutputStream().write(all.toString().getBytes(StandardCharsets.US_ASCII));
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
      int answers = 0;
      while (answers < depth) {
        String line = in.readLine();
        if (line == null) {
          throw new IOException(answers + " answers to " + depth + " pipelined requests");
        }
        if (line.equals("ok")) {
          answers++;
        }
      }
    }
  }
}
