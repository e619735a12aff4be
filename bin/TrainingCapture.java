// SPDX-License-Identifier: Apache-2.0

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Writes a capture of made-up HTTP traffic that a JVM is trained on: the classes that the agent
 * loads while it reads this file are in its archive. Short: what the JVM is to
 * compile for is live traffic.
 *
 * <pre>java TrainingCapture.java FILE</pre>
 */
final class TrainingCapture {
  private static final int CONNECTIONS = 50;
  private static final int EXCHANGES = 200;
  private static final int SEGMENT_LENGTH = 1448;
  private static final int FIN = 0x01;
  private static final int SYN = 0x02;
  private static final int PUSH_ACK = 0x18;
  private static final int ACK = 0x10;

  private final OutputStream out;
  private final ByteBuffer packet = ByteBuffer.allocate(16 + 14 + 40 + SEGMENT_LENGTH);
  private long micros = 1_700_000_000_000_000L;

  private TrainingCapture(OutputStream out) {
    this.out = out;
  }

  /** A TCP connection and how far its two streams have come. */
  private static final class Connection {
    private final int clientPort;
    private int clientSequence = 1_000;
    private int serverSequence = 2_000;

    Connection(int clientPort) {
      this.clientPort = clientPort;
    }
  }

  public static void main(String[] arguments) throws IOException {
    try (OutputStream out = Files.newOutputStream(Path.of(arguments[0]))) {
      new TrainingCapture(new BufferedOutputStream(out)).write();
    }
  }

  private void write() throws IOException {
    // Classic pcap, microseconds, Ethernet.
    out.write(
        ByteBuffer.allocate(24)
            .putInt(0xa1b2c3d4)
            .putShort((short) 2)
            .putShort((short) 4)
            .putLong(0)
            .putInt(1 << 16)
            .putInt(1)
            .array());
    Connection[] connections = new Connection[CONNECTIONS];
    for (int i = 0; i < CONNECTIONS; i++) {
      connections[i] = new Connection(40_000 + i);
      handshake(connections[i]);
    }
    RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
    for (int i = 0; i < EXCHANGES; i++) {
      exchange(connections[random.nextInt(CONNECTIONS)], i);
    }
    for (Connection connection : connections) {
      send(connection, true, FIN | ACK, new byte[0]);
      send(connection, false, FIN | ACK, new byte[0]);
    }
    out.flush();
  }

  private void handshake(Connection connection) throws IOException {
    send(connection, true, SYN, new byte[0]);
    send(connection, false, SYN | ACK, new byte[0]);
    send(connection, true, ACK, new byte[0]);
  }

  private void exchange(Connection connection, int number) throws IOException {
    String body = number % 10 == 0 ? "{\"order\":" + number + "}" : "";
    send(
        connection,
        true,
        (body.isEmpty() ? "GET" : "POST")
            + " /api/v1/things/"
            + number
            + "?page=2 HTTP/1.1\r\nHost: things.example.com:8080\r\nUser-Agent: curl/8.5.0\r\n"
            + "Accept: */*\r\nAccept-Encoding: gzip, deflate\r\n"
            + (number % 3 == 0
                ? "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
                : "X-Request-Id: 2f1d9f3c-5a1f-4a43-9f5c-0c6d1c1f7a11\r\n")
            + (body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n")
            + "\r\n"
            + body);
    String status = number % 20 == 7 ? "404 Not Found" : "200 OK";
    String head =
        "HTTP/1.1 "
            + status
            + "\r\nServer: nginx/1.22.1\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
            + "Content-Type: application/json\r\nConnection: keep-alive\r\n";
    String content = "x".repeat(number % 50 == 0 ? 20_000 : number % 500);
    if (number % 7 == 0) {
      String chunk = Integer.toHexString(content.length()) + "\r\n" + content + "\r\n";
      send(
          connection,
          false,
          head
              + "Transfer-Encoding: chunked\r\n\r\n"
              + (content.isEmpty() ? "" : chunk)
              + "0\r\n\r\n");
    } else {
      send(
          connection, false, head + "Content-Length: " + content.length() + "\r\n\r\n" + content);
    }
  }

  private void send(Connection connection, boolean fromClient, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    for (int at = 0; at < bytes.length; at += SEGMENT_LENGTH) {
      int end = Math.min(bytes.length, at + SEGMENT_LENGTH);
      send(connection, fromClient, PUSH_ACK, Arrays.copyOfRange(bytes, at, end));
    }
  }

  private void send(Connection connection, boolean fromClient, int flags, byte[] payload)
      throws IOException {
    int length = 14 + 40 + payload.length;
    micros += 37;
    packet.clear();
    packet.putInt((int) (micros / 1_000_000)).putInt((int) (micros % 1_000_000));
    packet.putInt(length).putInt(length);
    packet.putLong(0x0200_0000_0001_0200L).putInt(2).putShort((short) 0x0800);
    packet.putShort((short) 0x4500).putShort((short) (40 + payload.length));
    packet.putInt(0x4000).putShort((short) 0x4006).putShort((short) 0);
    packet.putInt(fromClient ? 0x0a000002 : 0x0a000001);
    packet.putInt(fromClient ? 0x0a000001 : 0x0a000002);
    packet.putShort((short) (fromClient ? connection.clientPort : 8080));
    packet.putShort((short) (fromClient ? 8080 : connection.clientPort));
    packet.putInt(fromClient ? connection.clientSequence : connection.serverSequence);
    packet.putInt(
        (flags & ACK) == 0
            ? 0
            : fromClient ? connection.serverSequence : connection.clientSequence);
    packet.putShort((short) (0x5000 | flags)).putShort((short) 501).putInt(0);
    packet.put(payload);
    out.write(packet.array(), 0, packet.position());
    int used = payload.length + ((flags & (SYN | FIN)) != 0 ? 1 : 0);
    if (fromClient) {
      connection.clientSequence += used;
    } else {
      connection.serverSequence += used;
    }
  }
}
