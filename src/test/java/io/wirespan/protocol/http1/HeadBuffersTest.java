// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadBuffersTest {
  @Test
  void shouldKeepWhatWasRead() {
    HeadBuffers buffers = new HeadBuffers(1 << 20);
    byte[] head = buffers.grow(HeadBuffers.NONE, 0, 5);
    System.arraycopy("GET /".getBytes(US_ASCII), 0, head, 0, 5);

    assertThat(new String(buffers.grow(head, 5, 5_000), 0, 5, US_ASCII)).isEqualTo("GET /");
    assertThat(buffers.lent()).isEqualTo(8_192);
  }

  /** As many heads as there may be, none of which ends. */
  @ParameterizedTest
  @ValueSource(longs = {0, 1_000, 100_000, 1 << 20})
  void shouldNeverLendMoreThanTheLimit(long limit) {
    Random random = new Random(limit);
    HeadBuffers buffers = new HeadBuffers(limit);
    byte[][] heads = new byte[500][];
    Arrays.fill(heads, HeadBuffers.NONE);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      int at = random.nextInt(heads.length);
      int needed = heads[at].length + 1 + random.nextInt(3_000);
      heads[at] = buffers.grow(heads[at], heads[at].length, needed);
      refused += heads[at].length < needed ? 1 : 0;
      assertThat(buffers.lent()).isLessThanOrEqualTo(limit);
      assertThat(buffers.lent()).isEqualTo(Arrays.stream(heads).mapToLong(h -> h.length).sum());
      if (random.nextInt(4) == 0) {
        int done = random.nextInt(heads.length);
        buffers.giveBack(heads[done]);
        heads[done] = HeadBuffers.NONE;
      }
    }
    assertThat(refused).isPositive();
    for (byte[] head : heads) {
      buffers.giveBack(head);
    }
    assertThat(buffers.lent()).isZero();
  }
}
