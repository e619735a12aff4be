// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.api.common.AttributeKey;

/**
 * The key of an attribute, with the bytes that an attribute with it begins with on the wire.
 *
 * @param <T> type of the values
 * @param start an attribute up to where its value differs from others; see {@link AttributeWriter}
 */
record EncodedKey<T>(AttributeKey<T> key, byte[] start) {
  private static final int USUAL_BYTES = 64;

  static <T> EncodedKey<T> of(AttributeKey<T> key) {
    ProtobufWriter start = new ProtobufWriter(USUAL_BYTES);
    AttributeWriter.writeStart(key, start);
    return new EncodedKey<>(key, start.toByteArray());
  }

  static EncodedKey<String> text(String name) {
    return of(AttributeKey.stringKey(name));
  }

  static EncodedKey<Long> number(String name) {
    return of(AttributeKey.longKey(name));
  }

  static EncodedKey<Double> fraction(String name) {
    return of(AttributeKey.doubleKey(name));
  }

  static EncodedKey<Boolean> flag(String name) {
    return of(AttributeKey.booleanKey(name));
  }
}
