// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A stream of packets: live interfaces or a capture file. Owned by the thread that polls it. */
public interface PacketSource extends AutoCloseable {
  /** Returned by {@link #poll} once the source has no more packets and never will. */
  int END = -1;

  /**
   * Hands the packets that are ready to {@code handler}.
   *
   * @param timeoutMillis how long to wait for a first packet; 0 does not wait
   * @return packets handed over, 0 if none was ready in time, or {@link #END}
   * @throws IOException if the source broke and can deliver nothing more
   */
  int poll(PacketHandler handler, int timeoutMillis) throws IOException;

  /** The interfaces known so far; a capture file may announce more as it is read. */
  List<CaptureInterface> interfaces();

  /**
   * The time by the clock that the packets are stamped with, which steps of the wall clock do not
   * move.
   */
  default long nowEpochNanos() {
    Instant now = Instant.now();
    return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
  }

  /**
   * What to add to this source's times to have them by the wall clock of now: it has been set since
   * the source was opened.
   */
  default long clockCorrectionNanos() {
    return 0;
  }

  /** Takes word of what need not be handed over. */
  default SkipControl skipControl() {
    return SkipControl.NONE;
  }

  /** What this source saw, passed on and lost so far. */
  CaptureCounters counters();

  /**
   * Makes a poll that waits return soon, so that the source can be closed. The only method that
   * another thread than the owner may call. A source that waits no longer than it is told to need
   * not do anything.
   */
  default void wakeup() {}

  @Override
  void close();
}
