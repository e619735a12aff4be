// SPDX-License-Identifier: Apache-2.0
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/**
 * The workload of {@code ./run demo}: one answer of each kind, on port 8080; what the JDK's server
 * does not do, pipelined requests on port 8081, and HTTP/2 on port 8082. Prints a line once it
 * listens.
 */
final class DemoServer {
  static final int PORT = 8080;
  static final int PIPELINE_PORT = 8081;
  static final int HTTP2_PORT = 8082;

  private static final int DOWNLOAD_BYTES = 20_000_000;
  private static final int STREAM_CHUNKS = 5;
  private static final int PAUSE_MILLIS = 20;
  private static final int SLOW_MILLIS = 300;

  /** Response length of {@link HttpExchange#sendResponseHeaders} that stands for chunked. */
  private static final long CHUNKED = 0;

  private static final long NO_BODY = -1;

  public static void main(String[] arguments) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(PORT), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", exchange -> answer(exchange, 404, "no such page\n"));
    server.createContext("/users/", exchange -> answer(exchange, 200, "{\"name\":\"Ada\"}\n"));
    server.createContext("/orders", DemoServer::acceptOrder);
    server.createContext("/broken", exchange -> answer(exchange, 500, "out of order\n"));
    server.createContext("/slow", DemoServer::answerSlowly);
    server.createContext("/download", DemoServer::sendDownload);
    server.createContext("/stream", DemoServer::sendStream);
    server.start();

    accept(new ServerSocket(PIPELINE_PORT), DemoServer::servePipeline);
    accept(new ServerSocket(HTTP2_PORT), Http2Server::serve);
    System.out.println("listening");
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    boolean head = exchange.getRequestMethod().equals("HEAD");
    if (head) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(bytes.length));
    }
    exchange.sendResponseHeaders(status, head ? NO_BODY : bytes.length);
    if (!head) {
      exchange.getResponseBody().write(bytes);
    }
    exchange.close();
  }

  private static void acceptOrder(HttpExchange exchange) throws IOException {
    byte[] order = exchange.getRequestBody().readAllBytes();
    answer(exchange, 201, "an order of " + order.length + " bytes\n");
  }

  private static void answerSlowly(HttpExchange exchange) throws IOException {
    pause(SLOW_MILLIS);
    answer(exchange, 200, "at last\n");
  }

  private static void sendDownload(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, DOWNLOAD_BYTES);
    byte[] block = new byte[100_000];
    OutputStream body = exchange.getResponseBody();
    for (int sent = 0; sent < DOWNLOAD_BYTES; sent += block.length) {
      body.write(block);
    }
    exchange.close();
  }

  private static void sendStream(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, CHUNKED);
    OutputStream body = exchange.getResponseBody();
    for (int chunk = 1; chunk <= STREAM_CHUNKS; chunk++) {
      body.write(("part " + chunk + "\n").getBytes(StandardCharsets.UTF_8));
      body.flush();
      pause(PAUSE_MILLIS);
    }
    exchange.close();
  }

  /** Gives each connection a thread. */
  private static void accept(ServerSocket listener, Consumer<Socket> service) {
    Thread.startVirtualThread(
        () -> {
          try {
            while (true) {
              Socket connection = listener.accept();
              Thread.startVirtualThread(() -> service.accept(connection));
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** Answers every request head in turn until the client closes; the requests have no bodies. */
  private static void servePipeline(Socket connection) {
    try (connection) {
      connection.setTcpNoDelay(true);
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
      OutputStream out = connection.getOutputStream();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.isEmpty()) {
          out.write(
              "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"
                  .getBytes(StandardCharsets.US_ASCII));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void pause(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
