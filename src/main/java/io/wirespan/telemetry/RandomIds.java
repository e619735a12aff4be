// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.wirespan.protocol.Exchange;
import java.security.SecureRandom;
import java.util.SplittableRandom;

/** Ids for live traffic: random, as W3C Trace Context level 2, section 3.2.2.3 asks. */
final class RandomIds implements IdSource {
  private final SplittableRandom random = new SplittableRandom(new SecureRandom().nextLong());
  private long high;
  private long low;
  private long span;

  @Override
  public void next(Exchange exchange) {
    high = random.nextLong();
    low = nonZero();
    span = nonZero();
  }

  /** An id of zeros only is invalid. */
  private long nonZero() {
    long value = random.nextLong();
    return value == 0 ? 1 : value;
  }

  @Override
  public long traceIdHigh() {
    return high;
  }

  @Override
  public long traceIdLow() {
    return low;
  }

  @Override
  public long spanId() {
    return span;
  }
}
