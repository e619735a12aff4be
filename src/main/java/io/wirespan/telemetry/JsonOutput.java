// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static io.wirespan.telemetry.JsonText.member;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Interim;
import io.wirespan.protocol.MessageStats;
import io.wirespan.protocol.Request;
import io.wirespan.protocol.Response;
import io.wirespan.protocol.Timing;
import io.wirespan.tcp.Flow;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;

/**
 * One JSON object a line, one line an exchange. Every key is always there; what was not seen is
 * null. Bytes of the wire outside ASCII are escaped, as code points U+0080 to U+00FF.
 *
 * <p>{@code request_us + ttfb_us + transfer_us = duration_us} where all are there: {@code ttfb_us}
 * runs from the request's last byte to the response's first, and is negative for a response that
 * began before its request was complete. An exchange that was cut short lasts until then.
 */
final class JsonOutput implements Sink {
  /** A power of two. */
  private static final int PLACES = 256;

  /** What was written of a connection, which is known by its flow being the same object. */
  private record Written(Flow flow, String protocol, byte[] members) {
    private boolean isFor(Exchange exchange) {
      return flow == exchange.flow() && protocol.equals(exchange.protocol());
    }
  }

  private final Written[] places = new Written[PLACES];
  private final LineBuffer lines;
  private final JsonText json = new JsonText();
  private final JsonDetails details = new JsonDetails(json);
  private final SecondText seconds = new SecondText("uuuu-MM-dd'T'HH:mm:ss", ZoneOffset.UTC);

  JsonOutput(LineBuffer lines) {
    this.lines = lines;
  }

  @Override
  public void accept(ReportedExchange report) {
    Exchange exchange = report.exchange();
    json.startObject();
    writeConnection(exchange);
    writeMessages(report);
    writeIdentity(report.identity());
    writeTiming(exchange);
    writeStats(Key.REQUEST, exchange.request().stats());
    writeStats(Key.RESPONSE, exchange.response().stats());
    json.name(Key.COMPLETE);
    json.bool(exchange.complete());
    json.text(Key.INCOMPLETE, exchange.complete() ? "" : exchange.outcome().text());
    number(Key.GAP_BYTES, exchange.gapBytes());
    details.write(exchange.detail());
    json.endObject();
    json.moveTo(lines);
    lines.endLine();
  }

  private void writeConnection(Exchange exchange) {
    Flow flow = exchange.flow();
    long start = exchange.timing().start();
    json.name(Key.TIME);
    json.timestamp(seconds.of(start), start);
    int place = flow.client().port() >>> 1 & PLACES - 1;
    Written written = places[place];
    if (written != null && written.isFor(exchange)) {
      json.again(written.members());
      return;
    }
    int begin = json.length();
    json.text(Key.KIND, flow.role() == Flow.Role.SERVER ? "server" : "client");
    json.text(Key.PROTOCOL, exchange.protocol());
    json.text(Key.INTERFACE, flow.capturedOn().name());
    json.name(Key.CLIENT);
    json.endpoint(flow.client());
    json.name(Key.SERVER);
    json.endpoint(flow.server());
    places[place] = new Written(flow, exchange.protocol(), json.since(begin));
  }

  private void writeMessages(ReportedExchange report) {
    Request request = report.exchange().request();
    Response response = report.exchange().response();
    json.text(Key.METHOD, request.method());
    json.text(Key.TARGET, report.target().sent());
    json.text(Key.HOST, report.target().authority());
    if (response.seen()) {
      number(Key.STATUS, response.status());
    } else {
      json.name(Key.STATUS);
      json.nothing();
    }
    json.text(Key.REASON, response.reason());
    json.text(Key.USER_AGENT, request.headers().first(HttpFields.USER_AGENT));
    json.text(Key.REQUEST_ID, request.headers().first(HttpFields.REQUEST_ID));
  }

  private void writeIdentity(SpanIdentity identity) {
    json.name(Key.TRACE_ID);
    json.hex(identity.traceIdHigh(), identity.traceIdLow());
    json.name(Key.SPAN_ID);
    json.hex(identity.id());
    json.text(Key.PARENT_SPAN_ID, identity.parentSpanId());
  }

  private void writeTiming(Exchange exchange) {
    Timing timing = exchange.timing();
    micros(Key.DURATION, timing.start(), timing.end());
    micros(Key.REQUEST_US, timing.requestFirst(), timing.requestLast());
    micros(Key.TTFB, timing.requestLast(), timing.responseFirst());
    micros(Key.TRANSFER, timing.responseFirst(), timing.responseLast());
    micros(Key.HANDSHAKE, timing.syn(), timing.handshakeAck());
    micros(Key.HANDSHAKE_SYN, timing.syn(), timing.synAck());
    micros(Key.HANDSHAKE_ACK, timing.synAck(), timing.handshakeAck());
    writeInterims(timing);
  }

  private void writeInterims(Timing timing) {
    json.name(Key.INTERIM);
    if (timing.interims().isEmpty()) {
      json.nothing();
      return;
    }
    json.startArray();
    for (Interim interim : timing.interims()) {
      json.element();
      json.startObject();
      number(Key.STATUS, interim.status());
      micros(Key.AFTER, timing.start(), interim.epochNanos());
      json.endObject();
    }
    json.endArray();
  }

  private void writeStats(byte[] name, MessageStats stats) {
    json.name(name);
    json.startObject();
    number(Key.PACKETS, stats.packets());
    number(Key.BYTES, stats.bytes());
    number(Key.HEADER_BYTES, stats.headerBytes());
    number(Key.BODY_BYTES, stats.bodyBytes());
    if ((stats.retransmits() | stats.outOfOrder() | stats.zeroWindowNanos()) == 0) {
      json.again(Key.UNDISTURBED);
      json.endObject();
      return;
    }
    number(Key.RETRANSMITS, stats.retransmits());
    number(Key.OUT_OF_ORDER, stats.outOfOrder());
    json.name(Key.ZERO_WINDOW);
    json.micros(stats.zeroWindowNanos());
    json.endObject();
  }

  private void number(byte[] name, long value) {
    json.name(name);
    json.number(value);
  }

  private void micros(byte[] name, long fromNanos, long toNanos) {
    json.name(name);
    if (fromNanos == 0 || toNanos == 0) {
      json.nothing();
    } else {
      json.micros(toNanos - fromNanos);
    }
  }

  @Override
  public void flushIfDue(long nowNanos) {
    lines.flushIfDue(nowNanos);
  }

  @Override
  public void flush() {
    lines.flush();
  }

  private static final class Key {
    static final byte[] TIME = member("time");
    static final byte[] KIND = member("kind");
    static final byte[] PROTOCOL = member("protocol");
    static final byte[] INTERFACE = member("interface");
    static final byte[] CLIENT = member("client");
    static final byte[] SERVER = member("server");
    static final byte[] METHOD = member("method");
    static final byte[] TARGET = member("target");
    static final byte[] HOST = member("host");
    static final byte[] STATUS = member("status");
    static final byte[] REASON = member("reason");
    static final byte[] USER_AGENT = member("user_agent");
    static final byte[] REQUEST_ID = member("request_id");
    static final byte[] TRACE_ID = member("trace_id");
    static final byte[] SPAN_ID = member("span_id");
    static final byte[] PARENT_SPAN_ID = member("parent_span_id");
    static final byte[] DURATION = member("duration_us");
    static final byte[] REQUEST_US = member("request_us");
    static final byte[] TTFB = member("ttfb_us");
    static final byte[] TRANSFER = member("transfer_us");
    static final byte[] HANDSHAKE = member("handshake_us");
    static final byte[] HANDSHAKE_SYN = member("handshake_syn_us");
    static final byte[] HANDSHAKE_ACK = member("handshake_ack_us");
    static final byte[] INTERIM = member("interim");
    static final byte[] AFTER = member("after_us");
    static final byte[] REQUEST = member("request");
    static final byte[] RESPONSE = member("response");
    static final byte[] PACKETS = member("packets");
    static final byte[] BYTES = member("bytes");
    static final byte[] HEADER_BYTES = member("header_bytes");
    static final byte[] BODY_BYTES = member("body_bytes");
    static final byte[] RETRANSMITS = member("retransmits");
    static final byte[] OUT_OF_ORDER = member("out_of_order");
    static final byte[] ZERO_WINDOW = member("zero_window_us");
    static final byte[] UNDISTURBED =
        (",\"retransmits\":0,\"out_of_order\":0,\"zero_window_us\":0.000")
            .getBytes(StandardCharsets.US_ASCII);
    static final byte[] COMPLETE = member("complete");
    static final byte[] INCOMPLETE = member("incomplete");
    static final byte[] GAP_BYTES = member("gap_bytes");

    private Key() {}
  }
}
