// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Makes the first attempt for each batch with the JDK's client, from the memory that the batch was
 * written in. The SDK's sender on the same client copies a request twice, the second time in pieces
 * of 16 KiB that it hands over one by one; to it is left what may succeed at another attempt.
 */
final class DirectHttpSender implements SpanSender {
  /** OTLP specification, section "Retryable Response Codes". */
  private static final Set<Integer> RETRYABLE = Set.of(429, 502, 503, 504);

  private final HttpSenderConfig config;
  private final HttpSender retrying;
  private final HttpClient client;

  /**
   * @param config one without compression
   * @param retrying the SDK's sender of the same configuration
   */
  DirectHttpSender(HttpSenderConfig config, HttpSender retrying) {
    this.config = config;
    this.retrying = retrying;
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(config.getConnectTimeout());
    Optional.ofNullable(config.getSslContext()).ifPresent(builder::sslContext);
    Optional.ofNullable(config.getProxyOptions())
        .ifPresent(proxy -> builder.proxy(proxy.getProxySelector()));
    this.client = builder.build();
  }

  @Override
  public void send(SpanBatch batch, Consumer<ExportResult> done) {
    // Also a header that the client does not take, of OTEL_EXPORTER_OTLP_HEADERS, is a failure.
    CompletableFuture.completedFuture(batch)
        .thenCompose(each -> client.sendAsync(request(each), BodyHandlers.ofByteArray()))
        .whenComplete((response, failure) -> finish(batch, response, failure, done));
  }

  /**
   * One of response and failure is null, as the client has it.
   *
   * <p>A response may come, and an attempt fail, while the request is still being written: then its
   * memory must not be used for another.
   */
  private void finish(
      SpanBatch batch,
      HttpResponse<byte[]> response,
      Throwable failure,
      Consumer<ExportResult> done) {
    ExportResult result =
        failure == null
            ? ExportResult.ofHttp(response.statusCode(), response.body())
            : ExportResult.failed(ExportLog.describe(failure));
    if (!result.delivered()) {
      batch.abandonMemory();
    }
    boolean retryable = failure != null || RETRYABLE.contains(response.statusCode());
    if (!result.delivered() && retryable && config.getRetryPolicy() != null) {
      afterBackoff().execute(() -> SpanSender.over(retrying).send(batch, done));
    } else {
      done.accept(result);
    }
  }

  private Executor afterBackoff() {
    long nanos = config.getRetryPolicy().getInitialBackoff().toNanos();
    return CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS);
  }

  private HttpRequest request(SpanBatch batch) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(config.getEndpoint())
            .timeout(config.getTimeout())
            .header("Content-Type", config.getContentType())
            .POST(body(batch));
    config
        .getHeadersSupplier()
        .get()
        .forEach((name, values) -> values.forEach(value -> request.header(name, value)));
    return request.build();
  }

  private static BodyPublisher body(SpanBatch batch) {
    Flow.Publisher<ByteBuffer> publisher =
        subscriber -> subscriber.onSubscribe(new Body(batch.buffers(), subscriber));
    return BodyPublishers.fromPublisher(publisher, batch.getContentLength());
  }

  @Override
  public void close() {
    retrying.shutdown();
    client.shutdownNow();
  }

  /** Hands over buffers as they are asked for. */
  private static final class Body implements Flow.Subscription {
    private final Iterator<ByteBuffer> rest;
    private final Flow.Subscriber<? super ByteBuffer> subscriber;
    private boolean handingOver;
    private boolean over;
    private long wanted;

    private Body(List<ByteBuffer> buffers, Flow.Subscriber<? super ByteBuffer> subscriber) {
      this.rest = buffers.iterator();
      this.subscriber = subscriber;
    }

    /** May be called from within {@code onNext}; then the loop of the outer call goes on. */
    @Override
    public synchronized void request(long count) {
      wanted += count;
      if (handingOver) {
        return;
      }
      handingOver = true;
      while (wanted > 0 && !over) {
        wanted--;
        subscriber.onNext(rest.next());
        if (!rest.hasNext() && !over) {
          over = true;
          subscriber.onComplete();
        }
      }
      handingOver = false;
    }

    @Override
    public synchronized void cancel() {
      over = true;
    }
  }
}
