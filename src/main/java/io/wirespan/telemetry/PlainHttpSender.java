// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.wirespan.telemetry.HttpResponseReader.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Makes the first attempt for each request to a collector that is reached over plain HTTP, on the
 * thread that calls {@link #send}. To the SDK's sender is left what may succeed at another attempt.
 *
 * <p>The JDK's clients are made for many requests, and are slow for few: of 20 requests a second
 * each runs through hundreds of methods that the JIT has not compiled yet. A batch of 2 MB costs
 * 1.0 to 1.3 ms this way, 3.1 to 3.8 with HttpURLConnection, 5.8 to 6.5 with HttpClient.
 */
final class PlainHttpSender implements HttpSender {
  /** OTLP specification, section "Retryable Response Codes". */
  private static final Set<Integer> RETRYABLE = Set.of(429, 502, 503, 504);

  /** Fields that say how a request is sent, which is not for settings to say. */
  private static final Set<String> OURS =
      Set.of("connection", "content-length", "expect", "host", "transfer-encoding", "upgrade");

  private static final int DEFAULT_PORT = 80;

  /** Headers of requests, and what they look like in one: the next ones are mostly the same. */
  private record Headers(Map<String, List<String>> given, String text) {}

  private final HttpSenderConfig config;
  private final HttpSender retrying;
  private final String start;
  private final Deque<CollectorConnection> idle = new ConcurrentLinkedDeque<>();
  private final Set<CollectorConnection> open = ConcurrentHashMap.newKeySet();
  private volatile Headers headers = new Headers(Map.of(), "");
  private volatile boolean shutDown;

  /**
   * @param config one that {@link #suits}
   * @param retrying the SDK's sender of the same configuration
   */
  PlainHttpSender(HttpSenderConfig config, HttpSender retrying) {
    this.config = config;
    this.retrying = retrying;
    this.start = requestStart(config);
  }

  /** Whether requests go over TCP directly, and as they are. */
  static boolean suits(HttpSenderConfig config) {
    URI endpoint = config.getEndpoint();
    return endpoint.getScheme().equalsIgnoreCase("http")
        && endpoint.getHost() != null
        && endpoint.getRawUserInfo() == null
        && config.getCompressor() == null
        && config.getProxyOptions() == null
        && Optional.ofNullable(ProxySelector.getDefault())
            .map(selector -> selector.select(endpoint).contains(Proxy.NO_PROXY))
            .orElse(true);
  }

  private static String requestStart(HttpSenderConfig config) {
    URI endpoint = config.getEndpoint();
    String path = endpoint.getRawPath().isEmpty() ? "/" : endpoint.getRawPath();
    String query = endpoint.getRawQuery() == null ? "" : "?" + endpoint.getRawQuery();
    return "POST %s%s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\n"
        .formatted(path, query, endpoint.getRawAuthority(), config.getContentType());
  }

  @Override
  public void send(
      MessageWriter message, Consumer<HttpResponse> onResponse, Consumer<Throwable> onError) {
    Response response;
    try {
      response = exchange(message);
    } catch (IOException e) {
      if (config.getRetryPolicy() == null || shutDown) {
        onError.accept(e);
      } else {
        afterBackoff().execute(() -> retrying.send(message, onResponse, onError));
      }
      return;
    }
    if (RETRYABLE.contains(response.status()) && config.getRetryPolicy() != null && !shutDown) {
      afterBackoff().execute(() -> retrying.send(message, onResponse, onError));
    } else {
      onResponse.accept(response);
    }
  }

  private Executor afterBackoff() {
    long nanos = config.getRetryPolicy().getInitialBackoff().toNanos();
    return CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS);
  }

  private Response exchange(MessageWriter message) throws IOException {
    CollectorConnection known = idle.pollFirst();
    if (known != null) {
      try {
        return exchange(known, message);
      } catch (IOException e) {
        if (!known.wasStale()) {
          throw e;
        }
      }
    }
    return exchange(connect(), message);
  }

  private CollectorConnection connect() throws IOException {
    URI endpoint = config.getEndpoint();
    CollectorConnection made =
        CollectorConnection.open(
            endpoint.getHost(),
            endpoint.getPort() < 0 ? DEFAULT_PORT : endpoint.getPort(),
            config.getConnectTimeout(),
            config.getMaxResponseBodySize());
    open.add(made);
    return made;
  }

  private Response exchange(CollectorConnection connection, MessageWriter message)
      throws IOException {
    boolean reusable = false;
    try {
      Response response = connection.exchange(request(message), config.getTimeout());
      reusable = response.reusable() && !shutDown;
      return response;
    } finally {
      if (reusable) {
        idle.addFirst(connection);
      } else {
        open.remove(connection);
        connection.close();
      }
    }
  }

  private ByteBuffer[] request(MessageWriter message) throws IOException {
    List<ByteBuffer> buffers = new ArrayList<>();
    buffers.add(ByteBuffer.wrap(head(message.getContentLength()).getBytes(UTF_8)));
    if (message instanceof SpanBatch batch) {
      buffers.addAll(batch.buffers());
    } else {
      ByteArrayOutputStream body = new ByteArrayOutputStream(message.getContentLength());
      message.writeMessage(body);
      buffers.add(ByteBuffer.wrap(body.toByteArray()));
    }
    return buffers.toArray(ByteBuffer[]::new);
  }

  private String head(int contentLength) throws IOException {
    Map<String, List<String>> now = config.getHeadersSupplier().get();
    Headers last = headers;
    if (!last.given().equals(now)) {
      last = new Headers(now, text(now));
      headers = last;
    }
    return start + last.text() + "Content-Length: " + contentLength + "\r\n\r\n";
  }

  private static String text(Map<String, List<String>> headers) throws IOException {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, List<String>> each : headers.entrySet()) {
      for (String value : each.getValue()) {
        check(each.getKey(), value);
        text.append(each.getKey()).append(": ").append(value).append("\r\n");
      }
    }
    return text.toString();
  }

  private static void check(String name, String value) throws ProtocolException {
    boolean wellFormed = name.chars().allMatch(PlainHttpSender::isTokenCharacter);
    if (name.isEmpty() || !wellFormed || OURS.contains(name.toLowerCase(Locale.ROOT))) {
      throw new ProtocolException("no header that can be set: " + name);
    }
    if (value.chars().anyMatch(each -> each < ' ' && each != '\t' || each == 0x7f)) {
      throw new ProtocolException("a header with control characters: " + name);
    }
  }

  /** RFC 9110, section 5.6.2. */
  private static boolean isTokenCharacter(int each) {
    return each > ' ' && each < 0x7f && "\"(),/:;<=>?@[\\]{}".indexOf(each) < 0;
  }

  /** Ends what is under way, too. */
  @Override
  public CompletableResultCode shutdown() {
    shutDown = true;
    open.forEach(CollectorConnection::close);
    return retrying.shutdown();
  }
}
