// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static io.wirespan.telemetry.OtlpOutputs.open;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes over the wire, with a collector that takes one connection at a time. */
class PlainHttpSenderTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

  private ServerSocket server;
  private final List<String> heads = new CopyOnWriteArrayList<>();
  private final List<Integer> connections = new CopyOnWriteArrayList<>();

  /** What a collector does with a connection. */
  private interface Behaviour {
    void serve(Socket socket, InputStream in, int connection) throws IOException;
  }

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private void serve(Behaviour behaviour) {
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              for (int i = 0; !server.isClosed(); i++) {
                try (Socket socket = server.accept()) {
                  behaviour.serve(socket, new BufferedInputStream(socket.getInputStream()), i);
                } catch (IOException e) {
                  continue;
                }
              }
            });
  }

  /** Reads a request; false at the end of the connection. */
  private boolean readRequest(InputStream in, int connection) throws IOException {
    String head = readHead(in);
    if (head.isEmpty()) {
      return false;
    }
    int length =
        Integer.parseInt(head.replaceFirst("(?s).*\r\nContent-Length: (\\d+)\r\n.*", "$1"));
    if (head.startsWith("POST /v1/traces ")) {
      heads.add(head);
      connections.add(connection);
    }
    return in.readNBytes(length).length == length;
  }

  private static String readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      int b = in.read();
      if (b < 0) {
        return "";
      }
      head.append((char) b);
    }
    return head.toString();
  }

  private static void answer(Socket socket, String response) throws IOException {
    socket.getOutputStream().write(response.getBytes(ISO_8859_1));
  }

  /** Exports spans, one a request. */
  private OutputCounters export(int spans, String... settings) throws Exception {
    Map<String, String> environment = new HashMap<>();
    environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + server.getLocalPort());
    environment.put("OTEL_METRICS_EXPORTER", "none");
    environment.put("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1");
    for (int i = 0; i < settings.length; i += 2) {
      environment.put(settings[i], settings[i + 1]);
    }
    Outputs outputs = open(environment, true);
    for (int i = 0; i < spans; i++) {
      outputs.onExchange(Exchanges.exchange().build());
      long ended = i + 1;
      for (int wait = 0; wait < 2_000 && settled(outputs) < ended; wait++) {
        Thread.sleep(1);
      }
    }
    outputs.close();
    return outputs.counters();
  }

  private static long settled(Outputs outputs) {
    return outputs.counters().spansExported() + outputs.counters().spansDropped();
  }

  @Test
  void shouldKeepItsConnection() throws Exception {
    serve(
        (socket, in, connection) -> {
          while (readRequest(in, connection)) {
            answer(socket, OK);
          }
        });

    assertThat(export(3, "OTEL_EXPORTER_OTLP_HEADERS", "x-scope=shop"))
        .isEqualTo(new OutputCounters(3, 0, 3, 0, 0));
    assertThat(connections).hasSize(3).containsOnly(connections.getFirst());
    assertThat(heads)
        .allSatisfy(
            head ->
                assertThat(head)
                    .startsWith("POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1:")
                    .contains("\r\nContent-Type: application/x-protobuf\r\n")
                    .contains("\r\nx-scope: shop\r\n")
                    .contains("\r\nUser-Agent: OTel-OTLP-Exporter-Java/"));
  }

  @Test
  void shouldTakeATimeoutOfZeroForNone() throws Exception {
    serve(
        (socket, in, connection) -> {
          while (readRequest(in, connection)) {
            answer(socket, OK);
          }
        });

    assertThat(export(1, "OTEL_EXPORTER_OTLP_TIMEOUT", "0"))
        .isEqualTo(new OutputCounters(1, 0, 1, 0, 0));
    assertThat(connections).hasSize(1);
  }

  @Test
  void shouldConnectAgainWhenTheCollectorHasClosed() throws Exception {
    serve(
        (socket, in, connection) -> {
          readRequest(in, connection);
          answer(socket, OK);
        });

    assertThat(export(3)).isEqualTo(new OutputCounters(3, 0, 3, 0, 0));
    assertThat(connections).hasSize(3).doesNotHaveDuplicates();
  }

  @Test
  void shouldNotSendOnAConnectionThatIsToBeClosed() throws Exception {
    serve(
        (socket, in, connection) -> {
          readRequest(in, connection);
          answer(socket, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
          assertThat(in.read()).isEqualTo(-1);
        });

    assertThat(export(2)).isEqualTo(new OutputCounters(2, 0, 2, 0, 0));
    assertThat(connections).hasSize(2).doesNotHaveDuplicates();
  }

  @Test
  void shouldHearARefusalBeforeTheEnd() throws Exception {
    serve(
        (socket, in, connection) -> {
          readHead(in);
          answer(
              socket, "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        });

    assertThat(export(1)).isEqualTo(new OutputCounters(1, 0, 0, 1, 0));
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 32 << 20})
  void shouldGiveUpACollectorThatIsSilent(int length) throws Exception {
    Duration timeout = Duration.ofMillis(100);
    String host = server.getInetAddress().getHostAddress();
    try (CollectorConnection connection =
        CollectorConnection.open(host, server.getLocalPort(), timeout, 1_000)) {
      ByteBuffer[] request = {ByteBuffer.allocateDirect(length)};

      assertThatThrownBy(() -> connection.exchange(request, timeout))
          .isInstanceOf(SocketTimeoutException.class)
          .hasMessage("no answer within 100 ms");
      assertThat(request[0].hasRemaining()).isEqualTo(length > 1_000);
    }
  }
}
