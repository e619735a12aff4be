// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Attributes in an array: keys at even places, values behind them. Filled by one thread and handed
 * over whole. Unlike the builder of the API it neither sorts nor looks for duplicates, because the
 * keys of a span are known; that is most of what a span costs.
 */
final class AttributeArray implements Attributes {
  private final int lengthLimit;
  private Object[] pairs;
  private int size;

  /**
   * @param capacity expected number of attributes
   * @param lengthLimit longest text value (OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT)
   */
  AttributeArray(int capacity, int lengthLimit) {
    this.pairs = new Object[2 * capacity];
    this.lengthLimit = lengthLimit;
  }

  <T> void put(AttributeKey<T> key, T value) {
    putPair(key, value);
  }

  void putText(AttributeKey<String> key, String value) {
    putPair(key, value.length() <= lengthLimit ? value : value.substring(0, lengthLimit));
  }

  void putNumber(AttributeKey<Long> key, long value) {
    putPair(key, value);
  }

  void putAll(Attributes attributes) {
    attributes.forEach(this::putPair);
  }

  private void putPair(AttributeKey<?> key, Object value) {
    if (2 * size == pairs.length) {
      pairs = Arrays.copyOf(pairs, 2 * pairs.length + 2);
    }
    pairs[2 * size] = key;
    pairs[2 * size + 1] = value;
    size++;
  }

  /** Null for an absent key, as the interface wants it. */
  @Override
  @SuppressWarnings("unchecked")
  public <T> T get(AttributeKey<T> key) {
    for (int i = 0; i < 2 * size; i += 2) {
      if (pairs[i].equals(key)) {
        return (T) pairs[i + 1];
      }
    }
    return null;
  }

  @Override
  public void forEach(BiConsumer<? super AttributeKey<?>, ? super Object> consumer) {
    for (int i = 0; i < 2 * size; i += 2) {
      consumer.accept((AttributeKey<?>) pairs[i], pairs[i + 1]);
    }
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public boolean isEmpty() {
    return size == 0;
  }

  @Override
  public Map<AttributeKey<?>, Object> asMap() {
    Map<AttributeKey<?>, Object> map = new LinkedHashMap<>();
    forEach(map::put);
    return Collections.unmodifiableMap(map);
  }

  @Override
  public AttributesBuilder toBuilder() {
    return Attributes.builder().putAll(this);
  }

  @Override
  public String toString() {
    return asMap().toString();
  }
}
