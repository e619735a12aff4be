// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.netty.buffer.ByteBuf;
import io.wirespan.capture.Packet;

/**
 * A position in a packet on its way through the headers, and the two ends that a truncated packet
 * has: that of the captured bytes and that of the bytes on the wire. Every load is preceded by
 * {@link #require}.
 */
final class PacketCursor {
  /** What header readers return in place of a type once {@link #fail} was called. */
  static final int FAILED = -1;

  /** How many link headers may stand in one another. */
  private static final int MAX_NESTED = 16;

  private ByteBuf bytes;
  private int position;
  private int end;

  /** Bytes on the wire beyond {@link #end}. */
  private int missing;

  private int nested;

  private IgnoreReason failure = IgnoreReason.MALFORMED;

  void wrap(Packet packet) {
    int captured = packet.capturedLength();
    wrap(packet.bytes(), packet.offset(), captured);
    // Some writers note an original length of 0, or one below what they captured.
    missing = Math.min(Math.max(0, packet.originalLength() - captured), Integer.MAX_VALUE / 2);
  }

  void wrap(ByteBuf bytes, int position, int length) {
    this.bytes = bytes;
    this.position = position;
    this.end = position + length;
    this.missing = 0;
    this.nested = 0;
  }

  /** Notes why the packet is of no use; for {@code return cursor.fail(...)}. */
  int fail(IgnoreReason reason) {
    failure = reason;
    return FAILED;
  }

  IgnoreReason failure() {
    return failure;
  }

  /** Whether another header may be looked into; notes the failure if not. */
  boolean nest() {
    nested++;
    if (nested > MAX_NESTED) {
      fail(IgnoreReason.NESTED_TOO_DEEP);
    }
    return nested <= MAX_NESTED;
  }

  /** Whether {@code length} more bytes were captured; notes the failure if not. */
  boolean require(int length) {
    if (end - position >= length) {
      return true;
    }
    fail(wireRemaining() >= length ? IgnoreReason.TRUNCATED : IgnoreReason.MALFORMED);
    return false;
  }

  /** Ends the packet {@code wireLength} bytes from here, as a length field says. */
  void cut(int wireLength) {
    int captured = end - position;
    if (wireLength <= captured) {
      end = position + wireLength;
      missing = 0;
    } else {
      missing = wireLength - captured;
    }
  }

  void skip(int length) {
    position += length;
  }

  int capturedRemaining() {
    return end - position;
  }

  int wireRemaining() {
    return end - position + missing;
  }

  ByteBuf bytes() {
    return bytes;
  }

  int position() {
    return position;
  }

  int unsignedByte(int at) {
    return bytes.getUnsignedByte(position + at);
  }

  int unsignedShort(int at) {
    return bytes.getUnsignedShort(position + at);
  }

  int intAt(int at) {
    return bytes.getInt(position + at);
  }

  long longAt(int at) {
    return bytes.getLong(position + at);
  }
}
