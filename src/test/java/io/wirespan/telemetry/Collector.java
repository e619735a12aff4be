// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A real OpenTelemetry Collector in a process of its own, that takes OTLP on free ports of the
 * loopback interface and writes it to files as JSON.
 */
public final class Collector implements AutoCloseable {
  private static final long START_SECONDS = 60;
  private static final long STOP_SECONDS = 30;

  private static final String CONFIGURATION =
      """
      receivers:
        otlp:
          protocols:
            http: {endpoint: "127.0.0.1:%d"}
            grpc: {endpoint: "127.0.0.1:%d"}
      exporters:
        file/traces: {path: "%s"}
        file/metrics: {path: "%s"}
      service:
        telemetry:
          metrics: {level: none}
        pipelines:
          traces: {receivers: [otlp], exporters: [file/traces]}
          metrics: {receivers: [otlp], exporters: [file/metrics]}
      """;

  private final Process process;
  private final int httpPort;
  private final int grpcPort;
  private final Path traces;
  private final Path metrics;

  private Collector(Process process, int httpPort, int grpcPort, Path directory) {
    this.process = process;
    this.httpPort = httpPort;
    this.grpcPort = grpcPort;
    this.traces = directory.resolve("traces.json");
    this.metrics = directory.resolve("metrics.json");
  }

  /**
   * Starts a collector that is ready when this returns. Skips the test if there is none to be had.
   */
  public static Collector start(Path directory) throws IOException, InterruptedException {
    Path binary = CollectorBinary.find();
    int httpPort = freePort();
    int grpcPort = freePort();
    Path configuration = directory.resolve("collector.yaml");
    Files.writeString(
        configuration,
        CONFIGURATION.formatted(
            httpPort,
            grpcPort,
            directory.resolve("traces.json"),
            directory.resolve("metrics.json")));
    Path log = directory.resolve("collector.log");
    Process process =
        new ProcessBuilder(binary.toString(), "--config", configuration.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Collector collector = new Collector(process, httpPort, grpcPort, directory);
    if (!collector.isUp(httpPort) || !collector.isUp(grpcPort)) {
      collector.close();
      fail("the collector did not start: " + Files.readString(log));
    }
    return collector;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private boolean isUp(int port) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (process.isAlive() && System.nanoTime() - deadline < 0) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
        return true;
      } catch (IOException e) {
        // Not yet.
        Thread.sleep(20);
      }
    }
    return false;
  }

  /** For OTLP over http/protobuf. */
  public String httpEndpoint() {
    return "http://127.0.0.1:" + httpPort;
  }

  /** For OTLP over gRPC. */
  public String grpcEndpoint() {
    return "http://127.0.0.1:" + grpcPort;
  }

  /**
   * Every span received, as the JSON of OTLP has it. Stops the collector, so that none is buffered.
   */
  public List<Map<String, Object>> spans() throws IOException, InterruptedException {
    return resourceSpans().stream()
        .flatMap(each -> Json.objects(each.get("scopeSpans")).stream())
        .flatMap(each -> Json.objects(each.get("spans")).stream())
        .toList();
  }

  /** Every group of spans that share a resource. Stops the collector. */
  public List<Map<String, Object>> resourceSpans() throws IOException, InterruptedException {
    return read(traces, "resourceSpans");
  }

  /** Every metric received. Stops the collector. */
  public List<Map<String, Object>> metrics() throws IOException, InterruptedException {
    return read(metrics, "resourceMetrics").stream()
        .flatMap(each -> Json.objects(each.get("scopeMetrics")).stream())
        .flatMap(each -> Json.objects(each.get("metrics")).stream())
        .toList();
  }

  /** The attributes of a span, a metric's point or a resource; of each value its text or number. */
  public static Map<String, Object> attributes(Map<String, Object> holder) {
    return Json.objects(holder.get("attributes")).stream()
        .collect(
            Collectors.toMap(
                each -> (String) each.get("key"),
                each -> Json.asObject(each.get("value")).values().iterator().next()));
  }

  private List<Map<String, Object>> read(Path file, String key)
      throws IOException, InterruptedException {
    stop();
    if (!Files.exists(file)) {
      return List.of();
    }
    try (Stream<String> lines = Files.lines(file)) {
      return lines.map(Json::object).flatMap(each -> Json.objects(each.get(key)).stream()).toList();
    }
  }

  private void stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }
}
