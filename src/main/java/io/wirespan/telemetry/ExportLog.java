// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says at most once a minute what is wrong with the export. Stands in for the console handler of
 * the SDK's own loggers, which would print a stack trace for every failed batch.
 */
final class ExportLog extends Handler {
  private static final Logger LOG = LoggerFactory.getLogger(ExportLog.class);
  private static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final int PROBE_MILLIS = 2_000;

  private final java.util.logging.Logger sdk;
  private final boolean usedParentHandlers;
  private final AtomicReference<String> trouble = new AtomicReference<>("");
  private volatile String endpoint = "";
  private long lastNanos;
  private boolean said;

  ExportLog() {
    // Kept in a field: the log manager holds its loggers by weak references only.
    this.sdk = java.util.logging.Logger.getLogger("io.opentelemetry");
    this.usedParentHandlers = sdk.getUseParentHandlers();
    setLevel(Level.WARNING);
    sdk.setUseParentHandlers(false);
    sdk.addHandler(this);
  }

  /**
   * Finds out early whether anything listens there: a failed export takes its retries first.
   *
   * @param endpoint the URL that spans go to
   */
  void probe(String endpoint) {
    this.endpoint = endpoint;
    URI uri = URI.create(endpoint);
    int port = uri.getPort() > 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(uri.getHost(), port), PROBE_MILLIS);
    } catch (IOException e) {
      note(describe(e));
    }
  }

  /** Remembers what went wrong until it is said. */
  void note(String what) {
    trouble.set(what);
  }

  @Override
  public void publish(LogRecord entry) {
    boolean aboutLogging = String.valueOf(entry.getMessage()).startsWith("Too many log messages");
    if (isLoggable(entry) && !aboutLogging) {
      String cause = Optional.ofNullable(entry.getThrown()).map(ExportLog::describe).orElse("");
      note(cause.isEmpty() ? entry.getMessage() : cause);
    }
  }

  /** What an operator can use of an exception: the error of the network, without its wrappers. */
  static String describe(Throwable failure) {
    Throwable telling = failure;
    while (!(telling instanceof IOException) && telling.getCause() != null) {
      telling = telling.getCause();
    }
    // The JDK's HTTP client gives this one no message.
    String otherwise = telling instanceof ConnectException ? "cannot connect" : "failed";
    String message = Optional.ofNullable(telling.getMessage()).orElse(otherwise);
    return message + " (" + telling.getClass().getSimpleName() + ")";
  }

  /** Called by the export threads now and then. */
  synchronized void sayIfDue(long dropped) {
    long now = System.nanoTime();
    if (!said || now - lastNanos >= INTERVAL_NANOS) {
      sayNow(dropped);
    }
  }

  /** Says what is wrong, unless nothing is. */
  synchronized void sayNow(long dropped) {
    String what = trouble.getAndSet("");
    if (what.isEmpty()) {
      return;
    }
    said = true;
    lastNanos = System.nanoTime();
    LOG.warn("export to {}: {}; {} spans dropped so far", endpoint, what, dropped);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    sdk.removeHandler(this);
    sdk.setUseParentHandlers(usedParentHandlers);
  }
}
