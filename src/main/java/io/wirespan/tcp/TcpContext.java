// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.wirespan.capture.SkipControl;

/** What the connections of a table share. */
final class TcpContext {
  final TcpLimits.Buffers limits;
  final TcpCounters counters;
  final ConnectionOpener opener;
  final ConnectionObserver observer;
  final SkipControl skipControl;

  /** For what was skipped: used anew each time. */
  final Stamp skipStamp = new Stamp();

  final Segment skippedSegment = Segment.skipped();

  /** The time that packets and ticks have reached. */
  long epochNanos;

  TcpContext(
      TcpLimits.Buffers limits,
      TcpCounters counters,
      ConnectionOpener opener,
      ConnectionObserver observer,
      SkipControl skipControl) {
    this.limits = limits;
    this.counters = counters;
    this.opener = opener;
    this.observer = observer;
    this.skipControl = skipControl;
  }
}
