// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

/**
 * What the timestamps of an interface count: the options if_tsresol and if_tsoffset of the <a
 * href="https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html">pcapng draft</a>.
 */
final class TimestampUnit {
  static final TimestampUnit MICROSECONDS = new TimestampUnit(6, 0);
  static final TimestampUnit NANOSECONDS = new TimestampUnit(9, 0);

  private static final long NANOS_PER_SECOND = 1_000_000_000;
  private static final long MAX_SECONDS = Long.MAX_VALUE / NANOS_PER_SECOND - 1;
  private static final int NANO_DIGITS = 9;

  /** 10^19 is the last power of ten that fits 64 bits, unsigned. */
  private static final int MAX_DIGITS = 19;

  private final boolean binary;
  private final int exponent;
  private final long offsetSeconds;

  /** The three below serve decimal resolutions; 0 where they would not fit. */
  private final long unitsPerSecond;

  private final long nanosPerUnit;
  private final long unitsPerNano;

  /**
   * @param resolution a negative power of 10, or of 2 if the highest bit is set
   * @param offsetSeconds to add to each timestamp
   */
  TimestampUnit(int resolution, long offsetSeconds) {
    this.binary = (resolution & 0x80) != 0;
    this.exponent = resolution & 0x7f;
    this.offsetSeconds = Math.clamp(offsetSeconds, -MAX_SECONDS, MAX_SECONDS);
    this.unitsPerSecond = powerOfTen(exponent);
    this.nanosPerUnit = exponent <= NANO_DIGITS ? powerOfTen(NANO_DIGITS - exponent) : 0;
    this.unitsPerNano = exponent > NANO_DIGITS ? powerOfTen(exponent - NANO_DIGITS) : 0;
  }

  /** Unsigned; 0 if it does not fit. */
  private static long powerOfTen(int exponent) {
    if (exponent > MAX_DIGITS) {
      return 0;
    }
    long power = 1;
    for (int i = 0; i < exponent; i++) {
      power *= 10;
    }
    return power;
  }

  /**
   * Nanoseconds since the epoch, rounded down; the nearest that 63 bits can hold if it is out of
   * range.
   *
   * @param units the timestamp, unsigned
   */
  long epochNanos(long units) {
    return binary ? binaryNanos(units) : decimalNanos(units);
  }

  private long decimalNanos(long units) {
    long seconds = unitsPerSecond == 0 ? 0 : Long.divideUnsigned(units, unitsPerSecond);
    long fraction = units - seconds * unitsPerSecond;
    if (exponent <= NANO_DIGITS) {
      return sum(seconds, fraction * nanosPerUnit);
    }
    return sum(seconds, unitsPerNano == 0 ? 0 : Long.divideUnsigned(fraction, unitsPerNano));
  }

  private long binaryNanos(long units) {
    if (exponent == 0) {
      return sum(units, 0);
    }
    long seconds = exponent < Long.SIZE ? units >>> exponent : 0;
    long fraction = exponent < Long.SIZE ? units & (1L << exponent) - 1 : units;
    long high = Math.unsignedMultiplyHigh(fraction, NANOS_PER_SECOND);
    long low = fraction * NANOS_PER_SECOND;
    long nanos =
        exponent < Long.SIZE
            ? high << Long.SIZE - exponent | low >>> exponent
            : high >>> exponent - Long.SIZE;
    return sum(seconds, nanos);
  }

  private long sum(long unsignedSeconds, long nanos) {
    boolean huge = unsignedSeconds < 0 || unsignedSeconds > 2 * MAX_SECONDS;
    long seconds = (huge ? 2 * MAX_SECONDS : unsignedSeconds) + offsetSeconds;
    if (seconds < 0) {
      return 0;
    }
    return seconds > MAX_SECONDS ? Long.MAX_VALUE : seconds * NANOS_PER_SECOND + nanos;
  }
}
