// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import io.wirespan.tcp.Flow;

/**
 * One request and its response as they crossed the wire, or what was seen of them.
 *
 * @param request {@link Request#UNSEEN} if only a response was seen
 * @param response {@link Response#UNSEEN} if none was seen
 * @param gapBytes bytes of its two messages that were not captured
 * @param detail what it is besides a request and a response
 */
public record Exchange(
    Flow flow,
    String protocol,
    Request request,
    Response response,
    Timing timing,
    Outcome outcome,
    long gapBytes,
    Detail detail) {

  /** Values of {@link #protocol}, as the JSON output names them. */
  public static final String HTTP_1_0 = "http/1.0";

  public static final String HTTP_1_1 = "http/1.1";

  public static final String HTTP_2 = "http/2";

  /** What followed a switch to WebSocket; without request and response. */
  public static final String WEBSOCKET = "websocket";

  /** A whole connection; without request and response. */
  public static final String TCP = "tcp";

  public Exchange(
      Flow flow,
      String protocol,
      Request request,
      Response response,
      Timing timing,
      Outcome outcome,
      long gapBytes) {
    this(flow, protocol, request, response, timing, outcome, gapBytes, Detail.NONE);
  }

  /** This exchange with its times by a clock that is ahead by {@code nanos}. */
  public Exchange shifted(long nanos) {
    return new Exchange(
        flow, protocol, request, response, timing.shifted(nanos), outcome, gapBytes, detail);
  }

  /** This exchange, which has not ended, as it is now. */
  public Exchange stillOpen() {
    return new Exchange(
        flow,
        protocol,
        request,
        response,
        timing,
        outcome == Outcome.COMPLETE ? Outcome.STILL_OPEN : outcome,
        gapBytes,
        detail);
  }

  /** Whether the response's last byte, or the best that is known of it, was seen. */
  public boolean complete() {
    return outcome == Outcome.COMPLETE;
  }
}
