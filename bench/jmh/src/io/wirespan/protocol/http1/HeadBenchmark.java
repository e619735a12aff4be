// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Reading a message's head that is whole and in one piece. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 1)
public class HeadBenchmark {
  private static final Set<String> KEPT =
      Set.of("host", "user-agent", "traceparent", "tracestate", "x-request-id");

  private final byte[] small = bytes("GET / HTTP/1.1\r\nHost: 10.78.0.1:8080\r\n\r\n");
  private final byte[] browser =
      bytes(
          """
          GET /api/v1/things/4711?page=2&sort=name HTTP/1.1
          Host: things.example.com
          User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0
          Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8
          Accept-Language: en-US,en;q=0.5
          Accept-Encoding: gzip, deflate, br, zstd
          Connection: keep-alive
          Referer: https://things.example.com/api/v1/things
          Cookie: session=2f1d9f3c5a1f4a439f5c0c6d1c1f7a11; theme=dark; seen=1
          traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01

          """);
  private final byte[] response =
      bytes(
          """
          HTTP/1.1 200 OK
          Server: nginx/1.22.1
          Date: Thu, 01 Jan 2026 00:00:00 GMT
          Content-Type: text/plain
          Content-Length: 6
          Connection: keep-alive

          """);
  private final HeadParser requests = new HeadParser(true, KEPT, new TextCache());
  private final HeadParser responses = new HeadParser(false, Set.of(), new TextCache());

  private static byte[] bytes(String text) {
    String lines = text.contains("\r\n") ? text : text.replace("\n", "\r\n");
    return lines.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Benchmark
  public int smallRequest() {
    return requests.parse(small, small.length);
  }

  @Benchmark
  public int browserRequest() {
    return requests.parse(browser, browser.length);
  }

  @Benchmark
  public int response() {
    return responses.parse(response, response.length);
  }
}
