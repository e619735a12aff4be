// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BytesTest {
  @Test
  void shouldFindTheFirstLineFeedWhereverItIs() {
    Random random = new Random(1);
    byte[] bytes = new byte[40];
    // Neighbours of LF in value provoke borrows between the bytes of a word.
    byte[] values = {'\n', 0x0b, 0x09, (byte) 0x8a, 0, (byte) 0xff, 'x', 'x', 'x'};
    for (int round = 0; round < 100_000; round++) {
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = values[random.nextInt(values.length)];
      }
      int from = random.nextInt(bytes.length);
      int to = from + random.nextInt(bytes.length - from + 1);
      int expected = from;
      while (expected < to && bytes[expected] != '\n') {
        expected++;
      }
      assertThat(Bytes.indexOfLineFeed(bytes, from, to)).isEqualTo(expected == to ? -1 : expected);
    }
  }
}
