// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimestampUnitTest {
  private static final BigInteger BILLION = BigInteger.valueOf(1_000_000_000);

  @ParameterizedTest
  @CsvSource({
    "0,    1700000000,            0, 1700000000000000000",
    "3,    1700000000123,         0, 1700000000123000000",
    "6,    1700000000123456,      0, 1700000000123456000",
    "9,    1700000000123456789,   0, 1700000000123456789",
    "12,   1700000123456789123,   0, 1700000123456789",
    "19,   -1,                    0, 1844674407",
    "28,   -1,                    0, 1",
    "100,  -1,                    0, 0",
    "0x80, 1700000000,            0, 1700000000000000000",
    "0x81, 3400000001,            0, 1700000000500000000",
    "0xa0, 0x6553f10080000000,    0, 1700000000500000000",
    "0xbf, -1,                    0, 1999999999",
    "0xc0, -1,                    0, 999999999",
    "0xff, -1,                    0, 0",
    "6,    0,            1700000000, 1700000000000000000",
    "6,    1700000000000000,    -10, 1699999990000000000",
  })
  void shouldTurnEachResolutionIntoNanoseconds(
      String resolution, String units, long offset, long expected) {
    TimestampUnit unit = new TimestampUnit(Integer.decode(resolution), offset);

    assertThat(unit.epochNanos(Long.decode(units))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "0, -1, 0, 9223372036854775807",
    "0, 9223372035, 0, 9223372035000000000",
    "6, 1, -1, 0",
    "6, 1, -9223372036854775808, 0",
    "6, 1, 9223372036854775807, 9223372035000001000",
    "0x80, -1, 9223372036854775807, 9223372036854775807",
  })
  void shouldStayInRangeWhateverTheFileSays(
      String resolution, long units, long offset, long expected) {
    assertThat(new TimestampUnit(Integer.decode(resolution), offset).epochNanos(units))
        .isEqualTo(expected);
  }

  @Test
  void shouldAgreeWithExactArithmetic() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      int resolution = random.nextInt(256);
      long units = random.nextLong() >>> random.nextInt(64);
      BigInteger base = BigInteger.valueOf((resolution & 0x80) != 0 ? 2 : 10);
      BigInteger exact =
          new BigInteger(Long.toUnsignedString(units))
              .multiply(BILLION)
              .divide(base.pow(resolution & 0x7f));
      if (exact.divide(BILLION).compareTo(BigInteger.valueOf(9_223_372_035L)) > 0) {
        continue;
      }
      assertThat(new TimestampUnit(resolution, 0).epochNanos(units))
          .as("resolution=%d units=%d", resolution, units)
          .isEqualTo(exact.longValueExact());
    }
  }
}
