// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.opentelemetry.api.common.AttributeKey;
import java.util.List;

/**
 * Writes attributes as a repeated field of messages {@code KeyValue}:
 *
 * <pre>
 *   1     1+       key: 1, 1+, name       1     1+       1          the rest
 *   +-----+--------+------+--------+------+------+--------+----------+----------------+
 *   | tag | length | 0x0a | length | name | 0x12 | length | type tag | value          |
 *   +-----+--------+------+--------+------+------+--------+----------+----------------+
 *   |&lt;------- start of an EncodedKey: tag and two lengths are 0 ----&gt;|
 * </pre>
 *
 * Lengths are varints; as long as the whole is short, as nearly always, they take a byte, so that
 * the start of a key can be copied and the lengths put in.
 *
 * @see <a
 *     href="https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/common/v1/common.proto">common.proto</a>
 */
final class AttributeWriter {
  private static final int KEY = 1; // of KeyValue
  private static final byte VALUE = ProtobufWriter.tag(2, ProtobufWriter.LENGTH_DELIMITED);
  private static final byte TEXT = ProtobufWriter.tag(1, ProtobufWriter.LENGTH_DELIMITED);
  private static final byte FLAG = ProtobufWriter.tag(2, ProtobufWriter.VARINT);
  private static final byte NUMBER = ProtobufWriter.tag(3, ProtobufWriter.VARINT);
  private static final byte FRACTION = ProtobufWriter.tag(4, ProtobufWriter.FIXED64);
  private static final byte LIST = ProtobufWriter.tag(5, ProtobufWriter.LENGTH_DELIMITED);
  private static final int ELEMENT = 1; // of ArrayValue

  /** Highest length that is one byte. */
  private static final int SHORT = 0x7f;

  private static final int MAX_VARINT_LENGTH = 10;

  private final ProtobufWriter to;
  private final byte tag;
  private final int lengthLimit;

  /**
   * @param field number of the message's attributes
   * @param lengthLimit longest text value, in characters (OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT)
   */
  AttributeWriter(ProtobufWriter to, int field, int lengthLimit) {
    this.to = to;
    this.tag = ProtobufWriter.tag(field, ProtobufWriter.LENGTH_DELIMITED);
    this.lengthLimit = lengthLimit;
  }

  /** What {@link EncodedKey#start} holds. */
  static void writeStart(AttributeKey<?> key, ProtobufWriter to) {
    to.raw((byte) 0);
    to.raw((byte) 0);
    to.text(KEY, key.getKey());
    to.raw(VALUE);
    to.raw((byte) 0);
    to.raw(
        switch (key.getType()) {
          case STRING -> TEXT;
          case LONG -> NUMBER;
          case DOUBLE -> FRACTION;
          case BOOLEAN -> FLAG;
          default -> LIST;
        });
  }

  void put(EncodedKey<String> key, String value) {
    String text = value.length() <= lengthLimit ? value : value.substring(0, lengthLimit);
    int count = text.length();
    int before = to.length();
    if (begin(key.start(), 1 + count)) {
      to.raw((byte) count);
      if (to.rawAscii(text)) {
        return;
      }
      to.truncate(before);
    }
    byte[] encoded = text.getBytes(UTF_8);
    beginAnyLength(key.start(), ProtobufWriter.varintLength(encoded.length) + encoded.length);
    to.rawVarint(encoded.length);
    to.raw(encoded, encoded.length);
  }

  void put(EncodedKey<Long> key, long value) {
    int length = ProtobufWriter.varintLength(value);
    if (!begin(key.start(), length)) {
      beginAnyLength(key.start(), length);
    }
    to.rawVarint(value);
  }

  /**
   * Writes 0 under a short key, for {@link ProtobufWriter#setMedium}.
   *
   * @return index of the value
   */
  int putMedium(EncodedKey<Long> key) {
    if (!begin(key.start(), ProtobufWriter.MEDIUM_LENGTH)) {
      throw new IllegalArgumentException("a long key: " + key.key());
    }
    int at = to.length();
    to.advance(ProtobufWriter.MEDIUM_LENGTH);
    to.setMedium(at, 0);
    return at;
  }

  void put(EncodedKey<Double> key, double value) {
    if (!begin(key.start(), Double.BYTES)) {
      beginAnyLength(key.start(), Double.BYTES);
    }
    to.rawFixed64(Double.doubleToRawLongBits(value));
  }

  void put(EncodedKey<Boolean> key, boolean value) {
    if (!begin(key.start(), 1)) {
      beginAnyLength(key.start(), 1);
    }
    to.raw((byte) (value ? 1 : 0));
  }

  void put(EncodedKey<List<String>> key, List<String> values) {
    ProtobufWriter list = new ProtobufWriter(256);
    ProtobufWriter element = new ProtobufWriter(256);
    for (String value : values) {
      String text = value.length() <= lengthLimit ? value : value.substring(0, lengthLimit);
      byte[] encoded = text.getBytes(UTF_8);
      element.clear();
      element.raw(TEXT);
      element.rawVarint(encoded.length);
      element.raw(encoded, encoded.length);
      list.message(ELEMENT, element);
    }
    int length = list.length();
    beginAnyLength(key.start(), ProtobufWriter.varintLength(length) + length);
    to.rawVarint(length);
    to.raw(list.array(), length);
  }

  /**
   * Copies the start of a key.
   *
   * @param length bytes behind the type's tag
   * @return false, with nothing written, if a length does not fit in one byte
   */
  private boolean begin(byte[] start, int length) {
    int count = start.length;
    int message = count - 2 + length;
    if (message > SHORT) {
      return false;
    }
    byte[] bytes = to.room(count + Math.max(length, MAX_VARINT_LENGTH));
    int at = to.length();
    System.arraycopy(start, 0, bytes, at, count);
    bytes[at] = tag;
    bytes[at + 1] = (byte) message;
    bytes[at + count - 2] = (byte) (1 + length);
    to.advance(count);
    return true;
  }

  private void beginAnyLength(byte[] start, int length) {
    // Without the tag and the length before the key, and the length and the type's tag behind it.
    int keyAndTag = start.length - 4;
    int value = 1 + length;
    to.raw(tag);
    to.rawVarint(keyAndTag + ProtobufWriter.varintLength(value) + value);
    to.raw(start, 2, keyAndTag);
    to.rawVarint(value);
    to.raw(start[start.length - 1]);
  }
}
