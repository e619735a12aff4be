// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests over loopback as a busy server gets them, for a JVM to be trained on: many connections
 * that are kept alive, each with a request under way while the others have theirs. The calling
 * thread plays clients and servers.
 */
final class TrainingLoad implements AutoCloseable {
  private static final int CONNECTIONS = 64;
  private static final int ROUNDS = 1_000;
  private static final int FIRST_PAUSE_MILLIS = 20;
  private static final int ROUNDS_A_MILLISECOND = 10; // by which pauses grow shorter

  private static final int LARGE_BODY = 12_000;
  private static final String TARGET = "/api/v1/things/";
  private static final String REQUEST_HEAD =
      "?page=2 HTTP/1.1\r\nHost: things.example.com:8080\r\nUser-Agent: curl/8.5.0\r\n"
          + "Accept: */*\r\nAccept-Encoding: gzip, deflate\r\n";
  private static final String PARENT =
      "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
  private static final String RESPONSE_HEAD =
      "\r\nServer: nginx/1.22.1\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
          + "Content-Type: application/json\r\nConnection: keep-alive\r\nContent-Length: ";

  private final ServerSocket listener =
      new ServerSocket(0, CONNECTIONS, InetAddress.getLoopbackAddress());
  private final List<Socket> clients = new ArrayList<>();
  private final List<Socket> servers = new ArrayList<>();
  private final byte[] received = new byte[64 << 10];

  TrainingLoad() throws IOException {}

  int port() {
    return listener.getLocalPort();
  }

  /** Slowly at first: as long as the agent is interpreted it would lose what comes too fast. */
  void run() throws IOException, InterruptedException {
    for (int i = 0; i < CONNECTIONS; i++) {
      Socket client = new Socket(listener.getInetAddress(), port());
      client.setTcpNoDelay(true);
      clients.add(client);
      servers.add(listener.accept());
    }
    for (int round = 0; round < ROUNDS; round++) {
      exchange(round * CONNECTIONS);
      Thread.sleep(Math.max(1, FIRST_PAUSE_MILLIS - round / ROUNDS_A_MILLISECOND));
    }
  }

  private void exchange(int first) throws IOException {
    for (int i = 0; i < CONNECTIONS; i++) {
      send(clients.get(i), request(first + i));
    }
    for (int i = 0; i < CONNECTIONS; i++) {
      receive(servers.get(i));
      send(servers.get(i), response(first + i));
    }
    for (Socket client : clients) {
      receive(client);
    }
  }

  private static String request(int number) {
    boolean post = number % 10 == 0;
    return (post ? "POST " : "GET ")
        + TARGET
        + number
        + REQUEST_HEAD
        + (number % 3 == 0 ? PARENT : "")
        + (post ? "Content-Length: 10\r\n\r\n0123456789" : "\r\n");
  }

  private static String response(int number) {
    int length = number % 97 == 0 ? LARGE_BODY : number % 500;
    String status = number % 20 == 7 ? "404 Not Found" : "200 OK";
    return "HTTP/1.1 " + status + RESPONSE_HEAD + length + "\r\n\r\n" + "x".repeat(length);
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** A message; loopback hands one over whole, or has the rest ready. */
  private void receive(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    int length = in.read(received);
    while (length > 0 && in.available() > 0) {
      length = in.read(received);
    }
  }

  @Override
  public void close() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    for (Socket server : servers) {
      server.close();
    }
    listener.close();
  }
}
