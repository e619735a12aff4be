// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PollPaceTest {
  private static final long SHORT = TimeUnit.MICROSECONDS.toNanos(100);
  private static final long FAIR = TimeUnit.MICROSECONDS.toNanos(2_000);
  private static final long LONG = TimeUnit.MICROSECONDS.toNanos(6_000);

  private final PollPace pace = new PollPace();

  private int after(int records, long nanos) {
    pace.onBatch(records, nanos);
    return pace.waitMillis();
  }

  @Test
  void shouldWaitForFiftyMillisecondsAtFirst() {
    assertThat(pace.waitMillis()).isEqualTo(50);
  }

  @Test
  void shouldLookMoreOftenWhileBatchesTakeLong() {
    assertThat(after(10_000, LONG)).isEqualTo(25);
    assertThat(after(5_000, LONG)).isEqualTo(12);
    assertThat(after(2_500, FAIR)).isEqualTo(12);
    assertThat(after(2_500, LONG)).isEqualTo(10);
    assertThat(after(2_500, LONG)).isEqualTo(10);
  }

  @Test
  void shouldLookLessOftenWhenBatchesAreShortAgain() {
    after(10_000, LONG);
    after(10_000, LONG);
    assertThat(after(100, SHORT)).isEqualTo(24);
    assertThat(after(100, SHORT)).isEqualTo(48);
    assertThat(after(100, SHORT)).isEqualTo(50);
  }

  @Test
  void shouldLookRarelyWhileNothingComes() {
    assertThat(after(0, 0)).isEqualTo(100);
    assertThat(after(0, 0)).isEqualTo(200);
    assertThat(after(0, 0)).isEqualTo(200);
    assertThat(after(1, SHORT)).isEqualTo(50);
  }

  @Test
  void shouldNotWaitLongBehindRecordsThatWereThereAlready() {
    after(0, 0);
    pace.onRecords();
    assertThat(pace.waitMillis()).isEqualTo(50);
  }

  @Test
  void shouldNotWaitLongBehindALongBatchThatEndedAnIdleTime() {
    after(0, 0);
    after(0, 0);
    assertThat(after(10_000, LONG)).isEqualTo(50);
    assertThat(after(10_000, FAIR)).isEqualTo(50);
  }
}
