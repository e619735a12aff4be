// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import java.util.List;

/**
 * When the parts of an exchange crossed the interface, in epoch nanoseconds; 0 for what was not
 * seen. The handshake stands on a connection's first exchange only.
 *
 * @param interims the 1xx responses, the first sixteen of them
 * @param cut when the exchange was cut short: its stream reset, or its connection closed
 */
public record Timing(
    long requestFirst,
    long requestLast,
    List<Interim> interims,
    long responseFirst,
    long responseLast,
    long syn,
    long synAck,
    long handshakeAck,
    long cut) {

  /** Of an exchange that was not cut short, as far as is known. */
  public Timing(
      long requestFirst,
      long requestLast,
      List<Interim> interims,
      long responseFirst,
      long responseLast,
      long syn,
      long synAck,
      long handshakeAck) {
    this(
        requestFirst,
        requestLast,
        interims,
        responseFirst,
        responseLast,
        syn,
        synAck,
        handshakeAck,
        0);
  }

  public Timing {
    interims = List.copyOf(interims);
  }

  /** The same times by a clock that is ahead by {@code nanos}. */
  public Timing shifted(long nanos) {
    return new Timing(
        shifted(requestFirst, nanos),
        shifted(requestLast, nanos),
        interims.stream().map(each -> each.shifted(nanos)).toList(),
        shifted(responseFirst, nanos),
        shifted(responseLast, nanos),
        shifted(syn, nanos),
        shifted(synAck, nanos),
        shifted(handshakeAck, nanos),
        shifted(cut, nanos));
  }

  private static long shifted(long time, long nanos) {
    return time == 0 ? 0 : time + nanos;
  }

  /** The exchange's first byte: of the request, or of the response if no request was seen. */
  public long start() {
    return requestFirst != 0 ? requestFirst : responseFirst;
  }

  /** The exchange's last byte, as far as it was seen, or what cut it short. */
  public long end() {
    return Math.max(Math.max(requestLast, responseLast), Math.max(cut, start()));
  }
}
