// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.MessageStats;
import io.wirespan.protocol.Timing;

/**
 * Sizes, times and whether all was seen.
 *
 * <p>Of most exchanges nothing is missing, nothing was sent again, and no size is large: then the
 * keys of all, and the values that are always the same, are one run of bytes, into which the others
 * are put at places that do not move. For that, numbers there always take three bytes: protobuf
 * lets a varint end with bytes of zeros.
 */
final class MeasureAttributes {
  static final EncodedKey<Long> REQUEST_SIZE = EncodedKey.number("http.request.size");
  static final EncodedKey<Long> RESPONSE_SIZE = EncodedKey.number("http.response.size");
  static final EncodedKey<Long> REQUEST_BODY_SIZE = EncodedKey.number("http.request.body.size");
  static final EncodedKey<Long> RESPONSE_BODY_SIZE = EncodedKey.number("http.response.body.size");
  static final EncodedKey<Long> REQUEST_PACKETS = EncodedKey.number("wirespan.request.packets");
  static final EncodedKey<Long> RESPONSE_PACKETS = EncodedKey.number("wirespan.response.packets");
  static final EncodedKey<Long> REQUEST_BYTES = EncodedKey.number("wirespan.request.bytes");
  static final EncodedKey<Long> RESPONSE_BYTES = EncodedKey.number("wirespan.response.bytes");
  static final EncodedKey<Long> RETRANSMITS = EncodedKey.number("wirespan.retransmits");
  static final EncodedKey<Long> OUT_OF_ORDER = EncodedKey.number("wirespan.out_of_order");
  static final EncodedKey<Double> REQUEST_ZERO_WINDOW =
      EncodedKey.fraction("wirespan.request.zero_window");
  static final EncodedKey<Double> RESPONSE_ZERO_WINDOW =
      EncodedKey.fraction("wirespan.response.zero_window");
  static final EncodedKey<Long> GAP_BYTES = EncodedKey.number("wirespan.gap.bytes");
  static final EncodedKey<Double> REQUEST_TIME = EncodedKey.fraction("wirespan.request");
  static final EncodedKey<Double> TTFB = EncodedKey.fraction("wirespan.ttfb");
  static final EncodedKey<Double> TRANSFER = EncodedKey.fraction("wirespan.transfer");
  static final EncodedKey<Double> HANDSHAKE = EncodedKey.fraction("wirespan.handshake");
  static final EncodedKey<Double> HANDSHAKE_SYN = EncodedKey.fraction("wirespan.handshake.syn");
  static final EncodedKey<Double> HANDSHAKE_ACK = EncodedKey.fraction("wirespan.handshake.ack");
  static final EncodedKey<Boolean> COMPLETE = EncodedKey.flag("wirespan.complete");
  static final EncodedKey<String> INCOMPLETE_REASON = EncodedKey.text("wirespan.incomplete.reason");

  private final ProtobufWriter to;
  private final AttributeWriter attributes;

  /** The usual attributes, all values 0 but COMPLETE; and where in it those are that differ. */
  private final byte[] usual;

  private int requestSize;
  private int requestBodySize;
  private int responseSize;
  private int responseBodySize;
  private int requestPackets;
  private int responsePackets;
  private int requestBytes;
  private int responseBytes;
  private int requestTime;
  private int ttfb;
  private int transfer;

  /** Takes what {@link AttributeWriter} does. */
  MeasureAttributes(ProtobufWriter to, int field, int lengthLimit) {
    this.to = to;
    this.attributes = new AttributeWriter(to, field, lengthLimit);
    this.usual = usual(field);
  }

  private byte[] usual(int field) {
    ProtobufWriter writer = new ProtobufWriter(1_024);
    AttributeWriter blank = new AttributeWriter(writer, field, Integer.MAX_VALUE);
    requestSize = blank.putMedium(REQUEST_SIZE);
    requestBodySize = blank.putMedium(REQUEST_BODY_SIZE);
    responseSize = blank.putMedium(RESPONSE_SIZE);
    responseBodySize = blank.putMedium(RESPONSE_BODY_SIZE);
    requestPackets = blank.putMedium(REQUEST_PACKETS);
    responsePackets = blank.putMedium(RESPONSE_PACKETS);
    requestBytes = blank.putMedium(REQUEST_BYTES);
    responseBytes = blank.putMedium(RESPONSE_BYTES);
    blank.put(RETRANSMITS, 0);
    blank.put(OUT_OF_ORDER, 0);
    blank.put(REQUEST_ZERO_WINDOW, 0.0);
    blank.put(RESPONSE_ZERO_WINDOW, 0.0);
    blank.put(GAP_BYTES, 0);
    requestTime = fraction(REQUEST_TIME, blank, writer);
    ttfb = fraction(TTFB, blank, writer);
    transfer = fraction(TRANSFER, blank, writer);
    blank.put(COMPLETE, true);
    return writer.toByteArray();
  }

  private static int fraction(EncodedKey<Double> key, AttributeWriter blank, ProtobufWriter to) {
    blank.put(key, 0.0);
    return to.length() - Double.BYTES;
  }

  void put(Exchange exchange) {
    if (isUsual(exchange)) {
      putUsual(exchange);
    } else {
      putSizes(exchange);
      putTimes(exchange.timing());
      attributes.put(COMPLETE, exchange.complete());
      if (!exchange.complete()) {
        attributes.put(INCOMPLETE_REASON, exchange.outcome().text());
      }
    }
    putHandshake(exchange.timing());
  }

  private static boolean isUsual(Exchange exchange) {
    MessageStats request = exchange.request().stats();
    MessageStats response = exchange.response().stats();
    long others = exchange.gapBytes() | disturbances(request) | disturbances(response);
    return others == 0
        && ProtobufWriter.isMedium(sizes(request) | sizes(response))
        && exchange.complete()
        && exchange.request().seen()
        && exchange.response().seen()
        && allSeen(exchange.timing());
  }

  private static long disturbances(MessageStats stats) {
    return stats.retransmits() | stats.outOfOrder() | stats.zeroWindowNanos();
  }

  /** As large as the largest of them, to the bit. */
  private static long sizes(MessageStats stats) {
    return stats.packets() | stats.bytes() | stats.headerBytes() + stats.bodyBytes();
  }

  private static boolean allSeen(Timing timing) {
    return timing.requestFirst() != 0
        && timing.requestLast() != 0
        && timing.responseFirst() != 0
        && timing.responseLast() != 0;
  }

  private void putUsual(Exchange exchange) {
    int at = to.length();
    to.raw(usual, usual.length);
    MessageStats request = exchange.request().stats();
    to.setMedium(at + requestSize, request.headerBytes() + request.bodyBytes());
    to.setMedium(at + requestBodySize, request.bodyBytes());
    to.setMedium(at + requestPackets, request.packets());
    to.setMedium(at + requestBytes, request.bytes());
    MessageStats response = exchange.response().stats();
    to.setMedium(at + responseSize, response.headerBytes() + response.bodyBytes());
    to.setMedium(at + responseBodySize, response.bodyBytes());
    to.setMedium(at + responsePackets, response.packets());
    to.setMedium(at + responseBytes, response.bytes());
    Timing timing = exchange.timing();
    to.setDouble(at + requestTime, (timing.requestLast() - timing.requestFirst()) / 1e9);
    to.setDouble(at + ttfb, (timing.responseFirst() - timing.requestLast()) / 1e9);
    to.setDouble(at + transfer, (timing.responseLast() - timing.responseFirst()) / 1e9);
  }

  private void putSizes(Exchange exchange) {
    MessageStats request = exchange.request().stats();
    if (exchange.request().seen()) {
      attributes.put(REQUEST_SIZE, request.headerBytes() + request.bodyBytes());
      attributes.put(REQUEST_BODY_SIZE, request.bodyBytes());
    }
    MessageStats response = exchange.response().stats();
    if (exchange.response().seen()) {
      attributes.put(RESPONSE_SIZE, response.headerBytes() + response.bodyBytes());
      attributes.put(RESPONSE_BODY_SIZE, response.bodyBytes());
    }
    attributes.put(REQUEST_PACKETS, request.packets());
    attributes.put(RESPONSE_PACKETS, response.packets());
    attributes.put(REQUEST_BYTES, request.bytes());
    attributes.put(RESPONSE_BYTES, response.bytes());
    attributes.put(RETRANSMITS, (long) request.retransmits() + response.retransmits());
    attributes.put(OUT_OF_ORDER, (long) request.outOfOrder() + response.outOfOrder());
    attributes.put(REQUEST_ZERO_WINDOW, request.zeroWindowNanos() / 1e9);
    attributes.put(RESPONSE_ZERO_WINDOW, response.zeroWindowNanos() / 1e9);
    attributes.put(GAP_BYTES, exchange.gapBytes());
  }

  private void putTimes(Timing timing) {
    putSeconds(REQUEST_TIME, timing.requestFirst(), timing.requestLast());
    putSeconds(TTFB, timing.requestLast(), timing.responseFirst());
    putSeconds(TRANSFER, timing.responseFirst(), timing.responseLast());
  }

  private void putHandshake(Timing timing) {
    putSeconds(HANDSHAKE, timing.syn(), timing.handshakeAck());
    putSeconds(HANDSHAKE_SYN, timing.syn(), timing.synAck());
    putSeconds(HANDSHAKE_ACK, timing.synAck(), timing.handshakeAck());
  }

  private void putSeconds(EncodedKey<Double> key, long fromNanos, long toNanos) {
    if (fromNanos != 0 && toNanos != 0) {
      attributes.put(key, (toNanos - fromNanos) / 1e9);
    }
  }
}
