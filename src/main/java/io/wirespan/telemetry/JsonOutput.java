// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.MessageStats;
import io.wirespan.protocol.Request;
import io.wirespan.protocol.Response;
import io.wirespan.protocol.Timing;
import io.wirespan.tcp.Flow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.ZoneOffset;

/**
 * One JSON object a line, one line an exchange. Every key is always there; what was not seen is
 * null. Bytes of the wire outside ASCII are escaped, as code points U+0080 to U+00FF.
 *
 * <p>{@code request_us + ttfb_us + transfer_us = duration_us} where all are there: {@code ttfb_us}
 * runs from the request's last byte to the response's first, and is negative for a response that
 * began before its request was complete.
 */
final class JsonOutput implements Sink {
  private final LineBuffer lines;
  private final JsonGenerator json;
  private final JsonDetails details;
  private final Decimals decimals = new Decimals();
  private final SecondText seconds = new SecondText("uuuu-MM-dd'T'HH:mm:ss", ZoneOffset.UTC);

  JsonOutput(LineBuffer lines) {
    this.lines = lines;
    JsonFactory factory =
        JsonFactory.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .build();
    try {
      json = factory.createGenerator(lines, JsonEncoding.UTF8);
    } catch (IOException e) {
      throw inMemory(e);
    }
    json.setRootValueSeparator(new SerializedString(""));
    details = new JsonDetails(json);
  }

  @Override
  public void accept(ReportedExchange report) {
    try {
      write(report);
      json.flush();
    } catch (IOException e) {
      throw inMemory(e);
    }
    lines.endLine();
  }

  private static UncheckedIOException inMemory(IOException e) {
    return new UncheckedIOException("a buffer in memory takes all", e);
  }

  private void write(ReportedExchange report) throws IOException {
    Exchange exchange = report.exchange();
    json.writeStartObject();
    json.writeFieldName(Key.TIME);
    long start = exchange.timing().start();
    decimals.timestamp(seconds.of(start), start);
    json.writeString(decimals.array(), decimals.start(), decimals.length());
    text(Key.KIND, exchange.flow().role() == Flow.Role.SERVER ? "server" : "client");
    text(Key.PROTOCOL, exchange.protocol());
    text(Key.INTERFACE, exchange.flow().capturedOn().name());
    text(Key.CLIENT, exchange.flow().client().toString());
    text(Key.SERVER, exchange.flow().server().toString());
    writeMessages(report);
    writeIdentity(report.identity());
    writeTiming(exchange);
    writeStats(Key.REQUEST, exchange.request().stats());
    writeStats(Key.RESPONSE, exchange.response().stats());
    json.writeFieldName(Key.COMPLETE);
    json.writeBoolean(exchange.complete());
    text(Key.INCOMPLETE, exchange.complete() ? "" : exchange.outcome().text());
    number(Key.GAP_BYTES, exchange.gapBytes());
    details.write(exchange.detail());
    json.writeEndObject();
  }

  private void writeMessages(ReportedExchange report) throws IOException {
    Request request = report.exchange().request();
    Response response = report.exchange().response();
    text(Key.METHOD, request.method());
    text(Key.TARGET, report.target().text());
    text(Key.HOST, report.target().authority());
    json.writeFieldName(Key.STATUS);
    if (response.seen()) {
      json.writeNumber(response.status());
    } else {
      json.writeNull();
    }
    text(Key.REASON, response.reason());
    text(Key.USER_AGENT, request.headers().first(HttpFields.USER_AGENT));
    text(Key.REQUEST_ID, request.headers().first(HttpFields.REQUEST_ID));
  }

  private void writeIdentity(SpanIdentity identity) throws IOException {
    text(Key.TRACE_ID, identity.traceId());
    text(Key.SPAN_ID, identity.spanId());
    text(Key.PARENT_SPAN_ID, identity.parentSpanId());
  }

  private void writeTiming(Exchange exchange) throws IOException {
    Timing timing = exchange.timing();
    micros(Key.DURATION, timing.start(), timing.end());
    micros(Key.REQUEST_US, timing.requestFirst(), timing.requestLast());
    micros(Key.TTFB, timing.requestLast(), timing.responseFirst());
    micros(Key.TRANSFER, timing.responseFirst(), timing.responseLast());
    micros(Key.HANDSHAKE, timing.syn(), timing.handshakeAck());
    micros(Key.HANDSHAKE_SYN, timing.syn(), timing.synAck());
    micros(Key.HANDSHAKE_ACK, timing.synAck(), timing.handshakeAck());
  }

  private void writeStats(SerializedString name, MessageStats stats) throws IOException {
    json.writeFieldName(name);
    json.writeStartObject();
    number(Key.PACKETS, stats.packets());
    number(Key.BYTES, stats.bytes());
    number(Key.HEADER_BYTES, stats.headerBytes());
    number(Key.BODY_BYTES, stats.bodyBytes());
    number(Key.RETRANSMITS, stats.retransmits());
    number(Key.OUT_OF_ORDER, stats.outOfOrder());
    json.writeEndObject();
  }

  private void text(SerializedString name, String value) throws IOException {
    json.writeFieldName(name);
    if (value.isEmpty()) {
      json.writeNull();
    } else {
      json.writeString(value);
    }
  }

  private void number(SerializedString name, long value) throws IOException {
    json.writeFieldName(name);
    json.writeNumber(value);
  }

  private void micros(SerializedString name, long fromNanos, long toNanos) throws IOException {
    json.writeFieldName(name);
    if (fromNanos == 0 || toNanos == 0) {
      json.writeNull();
    } else {
      decimals.micros(toNanos - fromNanos);
      json.writeRawValue(decimals.array(), decimals.start(), decimals.length());
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

  @Override
  public void close() {
    lines.flush();
  }

  /** Key names, encoded once. */
  private static final class Key {
    static final SerializedString TIME = new SerializedString("time");
    static final SerializedString KIND = new SerializedString("kind");
    static final SerializedString PROTOCOL = new SerializedString("protocol");
    static final SerializedString INTERFACE = new SerializedString("interface");
    static final SerializedString CLIENT = new SerializedString("client");
    static final SerializedString SERVER = new SerializedString("server");
    static final SerializedString METHOD = new SerializedString("method");
    static final SerializedString TARGET = new SerializedString("target");
    static final SerializedString HOST = new SerializedString("host");
    static final SerializedString STATUS = new SerializedString("status");
    static final SerializedString REASON = new SerializedString("reason");
    static final SerializedString USER_AGENT = new SerializedString("user_agent");
    static final SerializedString REQUEST_ID = new SerializedString("request_id");
    static final SerializedString TRACE_ID = new SerializedString("trace_id");
    static final SerializedString SPAN_ID = new SerializedString("span_id");
    static final SerializedString PARENT_SPAN_ID = new SerializedString("parent_span_id");
    static final SerializedString DURATION = new SerializedString("duration_us");
    static final SerializedString REQUEST_US = new SerializedString("request_us");
    static final SerializedString TTFB = new SerializedString("ttfb_us");
    static final SerializedString TRANSFER = new SerializedString("transfer_us");
    static final SerializedString HANDSHAKE = new SerializedString("handshake_us");
    static final SerializedString HANDSHAKE_SYN = new SerializedString("handshake_syn_us");
    static final SerializedString HANDSHAKE_ACK = new SerializedString("handshake_ack_us");
    static final SerializedString REQUEST = new SerializedString("request");
    static final SerializedString RESPONSE = new SerializedString("response");
    static final SerializedString PACKETS = new SerializedString("packets");
    static final SerializedString BYTES = new SerializedString("bytes");
    static final SerializedString HEADER_BYTES = new SerializedString("header_bytes");
    static final SerializedString BODY_BYTES = new SerializedString("body_bytes");
    static final SerializedString RETRANSMITS = new SerializedString("retransmits");
    static final SerializedString OUT_OF_ORDER = new SerializedString("out_of_order");
    static final SerializedString COMPLETE = new SerializedString("complete");
    static final SerializedString INCOMPLETE = new SerializedString("incomplete");
    static final SerializedString GAP_BYTES = new SerializedString("gap_bytes");

    private Key() {}
  }
}
