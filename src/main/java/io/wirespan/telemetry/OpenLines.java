// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import com.fasterxml.jackson.core.JsonGenerator;
import io.wirespan.protocol.Exchange;
import io.wirespan.tcp.Endpoint;
import io.wirespan.tcp.Flow;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * Lines for standard error of exchanges that have not ended: JSON objects that begin {@code
 * {"wirespan":"open"}. They are no results: an exchange may be in many such lines, and is in one
 * line of the output when it ends.
 */
public final class OpenLines {
  /** What one report lists at most; the rest it counts. */
  static final int MOST = 1_000;

  private final StringBuilder lines = new StringBuilder();
  private final long nowEpochNanos;
  private final long olderThanNanos;
  private long listed;
  private long notListed;

  /**
   * @param olderThanNanos how long an exchange must have been open to be told
   */
  public OpenLines(long nowEpochNanos, long olderThanNanos) {
    this.nowEpochNanos = nowEpochNanos;
    this.olderThanNanos = olderThanNanos;
  }

  /** Takes an exchange as it is now. */
  public void add(Exchange exchange) {
    if (nowEpochNanos - exchange.timing().start() < olderThanNanos) {
      return;
    }
    if (listed == MOST) {
      notListed++;
      return;
    }
    listed++;
    append(
        json -> {
          writeConnection(exchange, json);
          writeMessages(exchange, json);
        });
  }

  /** Writes what was taken, at once. */
  public void writeTo(OutputStream to) throws IOException {
    if (notListed > 0) {
      append(json -> json.writeNumberField("not_listed", notListed));
    }
    to.write(lines.toString().getBytes(StandardCharsets.UTF_8));
    to.flush();
  }

  private void append(ErrorLine.Members members) {
    lines.append(ErrorLine.of("open", members)).append('\n');
  }

  private void writeConnection(Exchange exchange, JsonGenerator json) throws IOException {
    Flow flow = exchange.flow();
    long start = exchange.timing().start();
    json.writeStringField("time", Instant.ofEpochSecond(0, start).toString());
    json.writeNumberField("open_seconds", (nowEpochNanos - start) / 1_000_000 / 1e3);
    json.writeStringField("kind", flow.role() == Flow.Role.SERVER ? "server" : "client");
    json.writeStringField("protocol", exchange.protocol());
    json.writeStringField("interface", flow.capturedOn().name());
    json.writeStringField("client", text(flow.client()));
    json.writeStringField("server", text(flow.server()));
  }

  private static void writeMessages(Exchange exchange, JsonGenerator json) throws IOException {
    RequestTarget target = RequestTarget.of(exchange);
    text("method", exchange.request().method(), json);
    text("target", target.sent(), json);
    text("host", target.authority(), json);
    if (exchange.response().seen()) {
      json.writeNumberField("status", exchange.response().status());
    } else {
      json.writeNullField("status");
    }
    json.writeNumberField("request_body_bytes", exchange.request().stats().bodyBytes());
    json.writeNumberField("response_body_bytes", exchange.response().stats().bodyBytes());
  }

  private static String text(Endpoint endpoint) {
    String address = endpoint.ipv6() ? '[' + endpoint.address() + ']' : endpoint.address();
    return address + ':' + endpoint.port();
  }

  private static void text(String name, String value, JsonGenerator json) throws IOException {
    if (value.isEmpty()) {
      json.writeNullField(name);
    } else {
      json.writeStringField(name, WireText.visible(value));
    }
  }
}
