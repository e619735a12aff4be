// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.UnknownFieldSet;
import io.opentelemetry.proto.collector.trace.v1.ExportTracePartialSuccess;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PartialSuccessTest {
  private static byte[] response(long rejected, String message) {
    UnknownFieldSet unknown =
        UnknownFieldSet.newBuilder()
            .addField(3, UnknownFieldSet.Field.newBuilder().addVarint(-1).build())
            .addField(4, UnknownFieldSet.Field.newBuilder().addFixed64(1).build())
            .addField(5, UnknownFieldSet.Field.newBuilder().addFixed32(1).build())
            .build();
    return ExportTraceServiceResponse.newBuilder()
        .setPartialSuccess(
            ExportTracePartialSuccess.newBuilder()
                .setRejectedSpans(rejected)
                .setErrorMessage(message)
                .setUnknownFields(unknown))
        .setUnknownFields(unknown)
        .build()
        .toByteArray();
  }

  @Test
  void shouldSayHowManySpansWereRejectedAndWhy() {
    ExportResult result = PartialSuccess.read(response(300, "too\nmany"));

    assertThat(result)
        .isEqualTo(new ExportResult(true, 300, "the collector rejected 300 spans: too many"));
  }

  @Test
  void shouldTakeAWarning() {
    assertThat(PartialSuccess.read(response(0, "slow"))).isNotEqualTo(ExportResult.COMPLETE);
    assertThat(PartialSuccess.read(response(0, "slow")).rejectedSpans()).isZero();
  }

  @Test
  void shouldBeCompleteIfNothingIsSaid() {
    assertThat(PartialSuccess.read(new byte[0])).isEqualTo(ExportResult.COMPLETE);
    assertThat(PartialSuccess.read(response(0, ""))).isEqualTo(ExportResult.COMPLETE);
    assertThat(PartialSuccess.read("{\"partialSuccess\":{}}".getBytes()))
        .isEqualTo(ExportResult.COMPLETE);
  }

  @Test
  void shouldSurviveWhatIsNoResponse() {
    Random random = new Random(1);
    byte[] whole = response(300, "too many");
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = Arrays.copyOf(whole, random.nextInt(whole.length + 1));
      for (int changes = random.nextInt(4); changes > 0 && bytes.length > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      assertThat(PartialSuccess.read(bytes).delivered()).isTrue();
    }
  }
}
