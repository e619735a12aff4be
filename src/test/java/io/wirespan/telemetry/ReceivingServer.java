// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTracePartialSuccess;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** An HTTP server that takes OTLP like a collector, and can be made to refuse or to stall. */
final class ReceivingServer implements AutoCloseable {
  private final List<ExportTraceServiceRequest> traces = new CopyOnWriteArrayList<>();
  private final List<ExportMetricsServiceRequest> metrics = new CopyOnWriteArrayList<>();
  private final List<String> authorizations = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;
  private final AtomicInteger refusals = new AtomicInteger();
  private volatile int status = 200;
  private volatile int rejected;

  ReceivingServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/v1/traces",
        exchange -> {
          ExportTraceServiceRequest request =
              ExportTraceServiceRequest.parseFrom(exchange.getRequestBody().readAllBytes());
          authorizations.add(
              String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          if (refusals.getAndDecrement() > 0) {
            exchange.sendResponseHeaders(503, -1);
            exchange.close();
            return;
          }
          if (status == 200) {
            traces.add(request);
          }
          if (rejected > 0) {
            byte[] response = partialSuccess(rejected);
            exchange.sendResponseHeaders(200, response.length);
            exchange.getResponseBody().write(response);
            exchange.close();
            return;
          }
          answer(exchange);
        });
    server.createContext(
        "/v1/metrics",
        exchange -> {
          metrics.add(
              ExportMetricsServiceRequest.parseFrom(exchange.getRequestBody().readAllBytes()));
          answer(exchange);
        });
    server.start();
  }

  private void answer(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  void answerWith(int code) {
    status = code;
  }

  private static byte[] partialSuccess(int rejected) {
    return ExportTraceServiceResponse.newBuilder()
        .setPartialSuccess(ExportTracePartialSuccess.newBuilder().setRejectedSpans(rejected))
        .build()
        .toByteArray();
  }

  /** Takes so many spans less than there are in a request, and says so. */
  void reject(int spans) {
    rejected = spans;
  }

  /** Answers the next requests with spans with 503. */
  void refuse(int requests) {
    refusals.set(requests);
  }

  String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  List<ResourceSpans> resourceSpans() {
    return traces.stream().flatMap(each -> each.getResourceSpansList().stream()).toList();
  }

  List<Span> spans() {
    return resourceSpans().stream()
        .flatMap(each -> each.getScopeSpansList().stream())
        .flatMap(each -> each.getSpansList().stream())
        .toList();
  }

  List<ExportTraceServiceRequest> traces() {
    return traces;
  }

  List<ExportMetricsServiceRequest> metrics() {
    return metrics;
  }

  List<String> authorizations() {
    return authorizations;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
