// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.bpf.TestNetwork;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * nginx in a network namespace, on ports 80 and 8080 of all its addresses, and on {@link
 * #HTTP2_PORT} by HTTP/2 with prior knowledge. It serves:
 *
 * <pre>
 *   /n/...       200, 6 bytes
 *   /new         201, 4 bytes, for any method
 *   /error       503, 5 bytes
 *   /file/SIZE   a file of 0, 1, 10, 100, 1000 or 100000 bytes
 *   /big         a file of 200 MB
 *   /slow        1,000 bytes, not more often than each 300 ms: waits before it answers
 *   /drip        40,000 bytes at 100 kB/s: answers at once, and takes 300 ms for it
 *   /trickle     the same at 4 kB/s: takes 10 s
 * </pre>
 */
final class Nginx implements AutoCloseable {
  /** Its IPv4 address by which the client calls, and one of its ports. */
  static final String URL = "http://" + TestNetwork.SERVER_ADDRESS + ":8080";

  static final long BIG = 200_000_000;
  static final int HTTP2_PORT = 8081;

  private static final String CONFIGURATION =
      """
      master_process off;
      pid %1$s/nginx.pid;
      error_log %1$s/error.log;
      events { worker_connections 1024; }
      http {
        log_format calls '$request_method $request_uri $http_host $status $content_length: '
                         '$body_bytes_sent $request_time';
        access_log %1$s/access.log calls;
        client_body_temp_path %1$s/temp; proxy_temp_path %1$s/temp; fastcgi_temp_path %1$s/temp;
        uwsgi_temp_path %1$s/temp; scgi_temp_path %1$s/temp;
        sendfile on;
        keepalive_requests 100000000;
        limit_req_zone $server_port zone=slow:32k rate=200r/m;
        server {
          listen 80; listen 8080; listen [::]:80; listen [::]:8080;
          listen %2$d http2;
          root %1$s/www;
          location /n/ { return 200 "hello\\n"; }
          location /new { return 201 "new\\n"; }
          location /error { return 503 "busy\\n"; }
          location /slow { limit_req zone=slow burst=100; try_files /file/1000 =404; }
          location /trickle { sendfile off; limit_rate 4k; try_files /file/40000 =404; }
          location /drip { sendfile off; limit_rate 100k; try_files /file/40000 =404; }
        }
      }
      """;

  /** A line of the access log. */
  record Logged(Call call, double requestMillis) {}

  private final ProcessHandle process;
  private final Path accessLog;

  private Nginx(ProcessHandle process, Path accessLog) {
    this.process = process;
    this.accessLog = accessLog;
  }

  /** Starts it; it listens when this returns. */
  static Nginx start(String namespace, Path parent) throws IOException {
    Programs.assumeInstalled("nginx");
    Path directory = Files.createTempDirectory(parent, "nginx");
    Path files = Files.createDirectories(directory.resolve("www/file"));
    for (long size : List.of(0L, 1L, 10L, 100L, 1_000L, 40_000L, 100_000L)) {
      fill(files.resolve(Long.toString(size)), size);
    }
    fill(directory.resolve("www/big"), BIG);
    Path configuration = directory.resolve("nginx.conf");
    Files.writeString(configuration, CONFIGURATION.formatted(directory, HTTP2_PORT));
    TestNetwork.run(
        namespace,
        "nginx",
        "-e",
        directory.resolve("error.log").toString(),
        "-c",
        configuration.toString());
    Path pid = directory.resolve("nginx.pid");
    Programs.await(() -> pid.toFile().length() > 0, 10);
    long id = Long.parseLong(Files.readString(pid).strip());
    return new Nginx(ProcessHandle.of(id).orElseThrow(), directory.resolve("access.log"));
  }

  /** A file with a hole: as long as it says, and on no disk. */
  private static void fill(Path file, long size) throws IOException {
    try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
      opened.setLength(size);
    }
  }

  /** The calls that it has served, in order. */
  List<Call> calls() throws IOException {
    return log().stream().map(Logged::call).toList();
  }

  /** The targets of the calls that it has served, in order. */
  List<String> targets() throws IOException {
    return calls().stream().map(Call::target).toList();
  }

  List<Logged> log() throws IOException {
    return Files.readAllLines(accessLog).stream().map(Nginx::parse).toList();
  }

  private static Logged parse(String line) {
    String[] words = line.split(" ");
    String length = words[4].substring(0, words[4].length() - 1);
    return new Logged(
        new Call(
            words[0],
            words[1],
            words[2],
            Long.parseLong(words[3]),
            length.equals("-") ? 0 : Long.parseLong(length),
            Long.parseLong(words[5])),
        Double.parseDouble(words[6]) * 1_000);
  }

  @Override
  public void close() {
    Programs.end(process);
  }
}
