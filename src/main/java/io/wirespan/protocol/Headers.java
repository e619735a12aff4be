// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import java.util.List;

/** Header fields in the order in which they were sent, names in lower case. Immutable. */
public final class Headers {
  public static final Headers EMPTY = new Headers(List.of());

  /** A field; {@code name} in lower case, {@code value} without surrounding white space. */
  public record Field(String name, String value) {}

  private final List<Field> fields;

  private Headers(List<Field> fields) {
    this.fields = fields;
  }

  public static Headers of(List<Field> fields) {
    return fields.isEmpty() ? EMPTY : new Headers(List.copyOf(fields));
  }

  /** The first value of a field, or an empty string. {@code name} in lower case. */
  public String first(String name) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).name().equals(name)) {
        return fields.get(i).value();
      }
    }
    return "";
  }

  public List<Field> fields() {
    return fields;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Headers that && fields.equals(that.fields);
  }

  @Override
  public int hashCode() {
    return fields.hashCode();
  }

  @Override
  public String toString() {
    return fields.toString();
  }
}
