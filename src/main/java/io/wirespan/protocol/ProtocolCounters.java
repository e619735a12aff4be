// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

/** What the protocol room has done so far. Written by the capture thread only. */
public final class ProtocolCounters {
  private final long[] exchanges = new long[Outcome.values().length];
  private long parseErrors;
  private long connectionsNotHttp;

  void countExchange(Outcome outcome) {
    exchanges[outcome.ordinal()]++;
  }

  void countParseError() {
    parseErrors++;
  }

  void countNotHttp() {
    connectionsNotHttp++;
  }

  /** Exchanges handed on with this outcome. */
  public long exchanges(Outcome outcome) {
    return exchanges[outcome.ordinal()];
  }

  /** Connections whose bytes stopped being valid HTTP. */
  public long parseErrors() {
    return parseErrors;
  }

  /** Connections given up because they carry something else. */
  public long connectionsNotHttp() {
    return connectionsNotHttp;
  }
}
