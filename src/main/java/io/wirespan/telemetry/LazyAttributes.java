// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** Attributes that are made when they are first looked at, by whichever thread does. */
final class LazyAttributes implements Attributes {
  private final Supplier<Attributes> supplier;
  private volatile Attributes made;

  LazyAttributes(Supplier<Attributes> supplier) {
    this.supplier = supplier;
  }

  /** Two threads may both make them; they come out equal. */
  private Attributes made() {
    Attributes attributes = made;
    if (attributes == null) {
      attributes = supplier.get();
      made = attributes;
    }
    return attributes;
  }

  @Override
  public <T> T get(AttributeKey<T> key) {
    return made().get(key);
  }

  @Override
  public void forEach(BiConsumer<? super AttributeKey<?>, ? super Object> consumer) {
    made().forEach(consumer);
  }

  @Override
  public int size() {
    return made().size();
  }

  @Override
  public boolean isEmpty() {
    return made().isEmpty();
  }

  @Override
  public Map<AttributeKey<?>, Object> asMap() {
    return made().asMap();
  }

  @Override
  public AttributesBuilder toBuilder() {
    return made().toBuilder();
  }

  @Override
  public String toString() {
    return made().toString();
  }
}
