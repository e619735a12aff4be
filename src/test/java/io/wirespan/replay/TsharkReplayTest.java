// SPDX-License-Identifier: Apache-2.0
package io.wirespan.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.MessageStats;
import io.wirespan.protocol.Timing;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Times, packets and bytes of each exchange of a capture, as tshark tells them: from the frame of
 * the request's first byte to the frame of the response's last.
 */
class TsharkReplayTest {
  private static final int NANOSECOND_DIGITS = 9;

  @TempDir private Path directory;

  /** A packet; and the message that ends in it, if there is one, which begins in another frame. */
  private record Frame(
      int number,
      long epochNanos,
      String stream,
      String source,
      int ipBytes,
      int firstFrame,
      String uri,
      String status) {
    static Frame parse(String line) {
      String[] field = line.split("\t", -1);
      int number = Integer.parseInt(field[0]);
      int first =
          Stream.of(field[5].split(","))
              .filter(each -> !each.isEmpty())
              .mapToInt(Integer::parseInt)
              .min()
              .orElse(number);
      long nanos = new BigDecimal(field[1]).movePointRight(NANOSECOND_DIGITS).longValueExact();
      int ipBytes = Integer.parseInt(field[4]);
      return new Frame(number, nanos, field[2], field[3], ipBytes, first, field[6], field[7]);
    }
  }

  private List<Frame> tshark(Path file) throws IOException {
    List<String> words = new ArrayList<>(List.of("tshark", "-n", "-r", file.toString()));
    words.addAll(List.of("-o", "http.tcp.port:80", "-T", "fields"));
    for (String field :
        List.of(
            "frame.number",
            "frame.time_epoch",
            "tcp.stream",
            "ip.src",
            "ip.len",
            "tcp.segment",
            "http.request.uri",
            "http.response.code")) {
      words.addAll(List.of("-e", field));
    }
    Process process =
        new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    return lines.lines().map(Frame::parse).toList();
  }

  private static boolean installed() {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "tshark")));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldMeasureAsTsharkDoes(long seed) throws Exception {
    assumeTrue(installed(), "needs tshark");
    byte[] capture = new Traffic(seed, Network.CALM, 0).pcapng();
    List<Frame> frames = tshark(Files.write(directory.resolve("capture.pcapng"), capture));
    List<Exchange> exchanges = Replay.of(capture).exchanges();

    Map<String, Frame> requests = new HashMap<>();
    Map<String, Frame> responses = new HashMap<>();
    Map<String, String> openOfStream = new HashMap<>();
    for (Frame frame : frames) {
      if (!frame.uri.isEmpty()) {
        requests.put(frame.uri, frame);
        openOfStream.put(frame.stream, frame.uri);
      } else if (!frame.status.isEmpty()) {
        responses.put(openOfStream.get(frame.stream), frame);
      }
    }
    assertThat(exchanges).hasSameSizeAs(requests.entrySet()).hasSameSizeAs(responses.entrySet());
    for (Exchange exchange : exchanges) {
      String target = exchange.request().target();
      check(exchange, requests.get(target), responses.get(target), frames);
    }
  }

  private static void check(Exchange exchange, Frame request, Frame response, List<Frame> frames) {
    Timing timing = exchange.timing();
    assertThat(exchange.response().status()).hasToString(response.status);
    assertThat(timing.requestFirst()).isEqualTo(frames.get(request.firstFrame - 1).epochNanos);
    assertThat(timing.requestLast()).isEqualTo(request.epochNanos);
    assertThat(timing.responseFirst()).isEqualTo(frames.get(response.firstFrame - 1).epochNanos);
    assertThat(timing.responseLast()).isEqualTo(response.epochNanos);
    List<Frame> between =
        frames.subList(request.firstFrame - 1, response.number).stream()
            .filter(frame -> frame.stream.equals(request.stream))
            .toList();
    checkCounts(exchange.request().stats(), between, request.source);
    checkCounts(exchange.response().stats(), between, response.source);
  }

  private static void checkCounts(MessageStats stats, List<Frame> between, String source) {
    List<Frame> sent = between.stream().filter(frame -> frame.source.equals(source)).toList();
    assertThat(stats.packets()).isEqualTo(sent.size());
    assertThat(stats.bytes()).isEqualTo(sent.stream().mapToInt(Frame::ipBytes).sum());
  }
}
