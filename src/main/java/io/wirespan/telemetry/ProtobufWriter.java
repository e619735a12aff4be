// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Writes protobuf's wire format into an array that grows. A tag is one byte where the field has a
 * number up to 15, as nearly all have.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">Encoding</a>
 */
final class ProtobufWriter {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int LENGTH_DELIMITED = 2;
  static final int FIXED32 = 5;

  private static final int MAX_VARINT_LENGTH = 10;

  /** Length of what {@link #setMedium} writes. */
  static final int MEDIUM_LENGTH = 3;

  private static final int MEDIUM_BITS = 7 * MEDIUM_LENGTH;
  private static final int MAX_ARRAY_LENGTH = Integer.MAX_VALUE - 8;
  private static final VarHandle LE_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle BE_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LE_INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** Room for a tag and the longest length. */
  private static final int MAX_PREFIX_LENGTH = 6;

  private byte[] bytes;
  private int start;
  private int length;

  /**
   * @param capacity bytes that there is room for to begin with
   */
  ProtobufWriter(int capacity) {
    bytes = new byte[capacity];
  }

  /** The one byte before a field's value. */
  static byte tag(int field, int wireType) {
    return (byte) (field << 3 | wireType);
  }

  /** What was written, from index {@link #start} to {@link #length}; valid until more is. */
  byte[] array() {
    return bytes;
  }

  /** 0, but behind {@link #endMessage}. */
  int start() {
    return start;
  }

  int length() {
    return length;
  }

  /** Forgets what was written. */
  void clear() {
    start = 0;
    length = 0;
  }

  byte[] toByteArray() {
    return Arrays.copyOfRange(bytes, start, length);
  }

  /** Clears this for a message whose length is not known before its end. */
  void beginMessage() {
    start = MAX_PREFIX_LENGTH;
    length = MAX_PREFIX_LENGTH;
    reserve(0);
  }

  /** Makes what was written since {@link #beginMessage} the value of a field. */
  void endMessage(int field) {
    int size = length - MAX_PREFIX_LENGTH;
    start = MAX_PREFIX_LENGTH - 1 - varintLength(size);
    length = start;
    raw(tag(field, LENGTH_DELIMITED));
    rawVarint(size);
    length += size;
  }

  /** The array, with room for more bytes from index {@link #length} on; see {@link #advance}. */
  byte[] room(int more) {
    reserve(more);
    return bytes;
  }

  /** Takes bytes as written that were put into {@link #room}. */
  void advance(int count) {
    length += count;
  }

  private void reserve(int more) {
    if (bytes.length - length < more) {
      grow(more);
    }
  }

  /** Apart, so that what calls {@link #reserve} stays small enough to be compiled into others. */
  private void grow(int more) {
    long wanted = Math.max(2L * bytes.length, (long) length + more);
    bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, MAX_ARRAY_LENGTH));
  }

  void raw(byte value) {
    reserve(1);
    bytes[length++] = value;
  }

  void raw(byte[] from, int count) {
    raw(from, 0, count);
  }

  void raw(byte[] from, int start, int count) {
    reserve(count);
    System.arraycopy(from, start, bytes, length, count);
    length += count;
  }

  void rawVarint(long value) {
    reserve(MAX_VARINT_LENGTH);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
  }

  /** How many bytes {@link #rawVarint} writes. */
  static int varintLength(long value) {
    return (Long.SIZE - Long.numberOfLeadingZeros(value | 1) + 6) / 7;
  }

  /** Whether a number is one that {@link #setMedium} takes. */
  static boolean isMedium(long value) {
    return value >>> MEDIUM_BITS == 0;
  }

  /** Writes a varint of three bytes over what is there, whatever the value needs. */
  void setMedium(int at, long value) {
    bytes[at] = (byte) (value | 0x80);
    bytes[at + 1] = (byte) (value >>> 7 | 0x80);
    bytes[at + 2] = (byte) (value >>> 14);
  }

  void setDouble(int at, double value) {
    LE_LONG.set(bytes, at, Double.doubleToRawLongBits(value));
  }

  void rawFixed64(long value) {
    reserve(Long.BYTES);
    LE_LONG.set(bytes, length, value);
    length += Long.BYTES;
  }

  void varint(int field, long value) {
    raw(tag(field, VARINT));
    rawVarint(value);
  }

  void fixed64(int field, long value) {
    raw(tag(field, FIXED64));
    rawFixed64(value);
  }

  void rawFixed32(int value) {
    reserve(Integer.BYTES);
    LE_INT.set(bytes, length, value);
    length += Integer.BYTES;
  }

  /** A field of 8 bytes: these, the first one highest, as ids are written. */
  void bytes(int field, long value) {
    raw(tag(field, LENGTH_DELIMITED));
    raw((byte) Long.BYTES);
    rawBigEndian(value);
  }

  /** A field of 16 bytes. */
  void bytes(int field, long high, long low) {
    raw(tag(field, LENGTH_DELIMITED));
    raw((byte) (2 * Long.BYTES));
    rawBigEndian(high);
    rawBigEndian(low);
  }

  private void rawBigEndian(long value) {
    reserve(Long.BYTES);
    BE_LONG.set(bytes, length, value);
    length += Long.BYTES;
  }

  void text(int field, String value) {
    if (value.isEmpty()) {
      return;
    }
    raw(tag(field, LENGTH_DELIMITED));
    int start = length;
    rawVarint(value.length());
    if (!rawAscii(value)) {
      length = start;
      byte[] encoded = value.getBytes(UTF_8);
      rawVarint(encoded.length);
      raw(encoded, encoded.length);
    }
  }

  /** A field whose value is a message of its own. */
  void message(int field, ProtobufWriter message) {
    raw(tag(field, LENGTH_DELIMITED));
    rawVarint(message.length);
    raw(message.bytes, message.length);
  }

  /** Writes text whose UTF-8 is as long as the text; false, and nothing written, if it is not. */
  boolean rawAscii(String value) {
    int count = value.length();
    reserve(count);
    int at = length;
    int all = 0;
    for (int i = 0; i < count; i++) {
      char character = value.charAt(i);
      all |= character;
      bytes[at + i] = (byte) character;
    }
    if (all > 0x7f) {
      return false;
    }
    length += count;
    return true;
  }

  /** Takes back what was written behind a position. */
  void truncate(int to) {
    length = to;
  }
}
