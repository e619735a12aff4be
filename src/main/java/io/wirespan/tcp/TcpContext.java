// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/** What the connections of a table share. */
final class TcpContext {
  final TcpLimits.Buffers limits;
  final TcpCounters counters;
  final ConnectionOpener opener;
  final ConnectionObserver observer;

  /** The time that packets and ticks have reached. */
  long epochNanos;

  TcpContext(
      TcpLimits.Buffers limits,
      TcpCounters counters,
      ConnectionOpener opener,
      ConnectionObserver observer) {
    this.limits = limits;
    this.counters = counters;
    this.opener = opener;
    this.observer = observer;
  }
}
