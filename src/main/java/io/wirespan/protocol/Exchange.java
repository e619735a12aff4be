// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import io.wirespan.tcp.Flow;

/**
 * One request and its response as they crossed the wire, or what was seen of them.
 *
 * @param request {@link Request#UNSEEN} if only a response was seen
 * @param response {@link Response#UNSEEN} if none was seen
 * @param gapBytes bytes of its two messages that were not captured
 */
public record Exchange(
    Flow flow,
    String protocol,
    Request request,
    Response response,
    Timing timing,
    Outcome outcome,
    long gapBytes) {

  /** Values of {@link #protocol}, as the JSON output names them. */
  public static final String HTTP_1_0 = "http/1.0";

  public static final String HTTP_1_1 = "http/1.1";

  /** This exchange with its times by a clock that is ahead by {@code nanos}. */
  public Exchange shifted(long nanos) {
    return new Exchange(
        flow, protocol, request, response, timing.shifted(nanos), outcome, gapBytes);
  }

  /** Whether the response's last byte, or the best that is known of it, was seen. */
  public boolean complete() {
    return outcome == Outcome.COMPLETE;
  }
}
