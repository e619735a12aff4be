// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

/** What the protocol room has done so far. Written by the capture thread only. */
public final class ProtocolCounters {
  private final long[] exchanges = new long[Outcome.values().length];
  private long parseErrors;
  private long connectionsNotHttp;
  private long headsUnreadable;
  private long pipelineOverflows;
  private long headBufferRefusals;
  private long anchorsLost;

  /** These counters as they stand now. */
  public ProtocolCounters copy() {
    ProtocolCounters copy = new ProtocolCounters();
    System.arraycopy(exchanges, 0, copy.exchanges, 0, exchanges.length);
    copy.parseErrors = parseErrors;
    copy.connectionsNotHttp = connectionsNotHttp;
    copy.headsUnreadable = headsUnreadable;
    copy.pipelineOverflows = pipelineOverflows;
    copy.headBufferRefusals = headBufferRefusals;
    copy.anchorsLost = anchorsLost;
    return copy;
  }

  public void countExchange(Outcome outcome) {
    exchanges[outcome.ordinal()]++;
  }

  public void countParseError() {
    parseErrors++;
  }

  public void countNotHttp() {
    connectionsNotHttp++;
  }

  public void countHeadUnreadable() {
    headsUnreadable++;
  }

  public void countPipelineOverflow() {
    pipelineOverflows++;
  }

  public void countHeadBufferRefusal() {
    headBufferRefusals++;
  }

  public void countAnchorLost() {
    anchorsLost++;
  }

  /** Exchanges handed on with this outcome. */
  public long exchanges(Outcome outcome) {
    return exchanges[outcome.ordinal()];
  }

  /** Connections whose bytes stopped being valid HTTP; each once. */
  public long parseErrors() {
    return parseErrors;
  }

  /** Connections given up because they carry something else. */
  public long connectionsNotHttp() {
    return connectionsNotHttp;
  }

  /** Messages that began but of which not even the method, or the status, was seen. */
  public long headsUnreadable() {
    return headsUnreadable;
  }

  /**
   * Requests that left a full queue, or table, of unanswered ones; also counted as evicted
   * exchanges.
   */
  public long pipelineOverflows() {
    return pipelineOverflows;
  }

  /** Heads that found no room in the memory for heads in progress. */
  public long headBufferRefusals() {
    return headBufferRefusals;
  }

  /** Losses on pipelining connections after which responses could not be told apart. */
  public long anchorsLost() {
    return anchorsLost;
  }
}
