// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.resources.Resource;
import java.util.Optional;

/**
 * A resource as the first fields of message {@code ResourceSpans}.
 *
 * @param fields the resource and the URL of its schema
 */
record EncodedResource(byte[] fields) {
  private static final int RESOURCE = 1; // of ResourceSpans
  private static final int SCHEMA_URL = 3;
  private static final int ATTRIBUTES = 1; // of Resource

  static EncodedResource of(Resource resource) {
    ProtobufWriter message = new ProtobufWriter(1_024);
    AttributeWriter attributes = new AttributeWriter(message, ATTRIBUTES, Integer.MAX_VALUE);
    resource.getAttributes().forEach((key, value) -> put(key, value, attributes));
    ProtobufWriter fields = new ProtobufWriter(1_024);
    fields.message(RESOURCE, message);
    fields.text(SCHEMA_URL, Optional.ofNullable(resource.getSchemaUrl()).orElse(""));
    return new EncodedResource(fields.toByteArray());
  }

  /** OTEL_RESOURCE_ATTRIBUTES and what we find out are texts; others are from a detector. */
  private static void put(AttributeKey<?> key, Object value, AttributeWriter to) {
    // No pattern switch: to make its class takes a start 5 to 12 ms.
    if (value instanceof Long number) {
      to.put(EncodedKey.number(key.getKey()), number);
    } else if (value instanceof Double fraction) {
      to.put(EncodedKey.fraction(key.getKey()), fraction);
    } else if (value instanceof Boolean flag) {
      to.put(EncodedKey.flag(key.getKey()), flag);
    } else {
      to.put(EncodedKey.text(key.getKey()), value.toString());
    }
  }
}
