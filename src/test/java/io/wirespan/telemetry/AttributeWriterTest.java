// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttributeWriterTest {
  private final ProtobufWriter writer = new ProtobufWriter(0);
  private final AttributeWriter attributes =
      new AttributeWriter(writer, Resource.ATTRIBUTES_FIELD_NUMBER, Integer.MAX_VALUE);

  private KeyValue written() throws Exception {
    Resource resource = Resource.parseFrom(writer.toByteArray());
    assertThat(resource.getUnknownFields().asMap()).isEmpty();
    assertThat(resource.getAttributesList()).hasSize(1);
    writer.clear();
    return resource.getAttributes(0);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 60, 100, 120, 127, 128, 200, 20_000})
  void shouldWriteTextOfAnyLengthUnderKeysOfAnyLength(int keyLength) throws Exception {
    String name = "k".repeat(keyLength);
    EncodedKey<String> key = EncodedKey.text(name);
    for (int length = 0; length < 400; length++) {
      String value = "v".repeat(length);
      attributes.put(key, value);
      KeyValue written = written();
      assertThat(written.getKey()).isEqualTo(name);
      assertThat(written.getValue().getStringValue()).isEqualTo(value);
    }
    attributes.put(key, "v".repeat(20_000));
    assertThat(written().getValue().getStringValue()).hasSize(20_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u00e9", "a\u00e9", "\u0141\u20ac", "\ud83d\ude00", "\u007f\u0080"})
  void shouldWriteTextThatIsNotAscii(String text) throws Exception {
    EncodedKey<String> key = EncodedKey.text("key");
    for (int before = 0; before < 130; before++) {
      String value = "x".repeat(before) + text;
      attributes.put(key, value);
      assertThat(written().getValue().getStringValue()).isEqualTo(value);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 118, 120, 300})
  void shouldWriteNumbers(int keyLength) throws Exception {
    String name = "k".repeat(keyLength);
    EncodedKey<Long> key = EncodedKey.number(name);
    for (int bit = 0; bit < Long.SIZE; bit++) {
      for (long value : new long[] {1L << bit, (1L << bit) - 1, -(1L << bit)}) {
        attributes.put(key, value);
        KeyValue written = written();
        assertThat(written.getKey()).isEqualTo(name);
        assertThat(written.getValue().getIntValue()).isEqualTo(value);
      }
    }
    attributes.put(EncodedKey.fraction(name), -1.5e-9);
    assertThat(written().getValue().getDoubleValue()).isEqualTo(-1.5e-9);
    attributes.put(EncodedKey.flag(name), true);
    assertThat(written().getValue().getBoolValue()).isTrue();
    attributes.put(EncodedKey.flag(name), false);
    assertThat(written().getValue().getValueCase()).isEqualTo(AnyValue.ValueCase.BOOL_VALUE);
  }

  @Test
  void shouldWriteLists() throws Exception {
    EncodedKey<List<String>> key = EncodedKey.of(AttributeKey.stringArrayKey("list"));
    List<String> values = List.of("", "a", "\u00e9", "x".repeat(1_000));
    attributes.put(key, values);

    assertThat(written().getValue().getArrayValue().getValuesList())
        .extracting(AnyValue::getStringValue)
        .isEqualTo(values);
  }

  @Test
  void shouldCutTextAtTheLimit() throws Exception {
    AttributeWriter limited = new AttributeWriter(writer, Resource.ATTRIBUTES_FIELD_NUMBER, 2);
    limited.put(EncodedKey.text("key"), "\u20ac\u20ac\u20ac");
    assertThat(written().getValue().getStringValue()).isEqualTo("\u20ac\u20ac");
  }

  @Test
  void shouldKeepWhatWasWrittenBefore() throws Exception {
    Random random = new Random(1);
    Resource.Builder expected = Resource.newBuilder();
    for (int i = 0; i < 2_000; i++) {
      String name = "k".repeat(1 + random.nextInt(140));
      String value = (random.nextInt(4) == 0 ? "\u00e9" : "v").repeat(random.nextInt(140));
      attributes.put(EncodedKey.text(name), value);
      expected.addAttributes(
          KeyValue.newBuilder().setKey(name).setValue(AnyValue.newBuilder().setStringValue(value)));
    }

    assertThat(Resource.parseFrom(writer.toByteArray())).isEqualTo(expected.build());
  }
}
