// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import io.wirespan.protocol.Detail;
import io.wirespan.protocol.Detail.CallEnd;

/**
 * What is known of a gRPC call: its messages, its status, and how it ended.
 *
 * @see <a href="https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md">gRPC over
 *     HTTP/2</a>
 */
final class GrpcCall {
  /** The error code of RST_STREAM (RFC 9113, section 7) by which either side gives a call up. */
  private static final int CANCEL = 8;

  private static final int MOST_DIGITS = 8;

  private final GrpcMessages requests = new GrpcMessages();
  private final GrpcMessages responses = new GrpcMessages();
  private int status = Detail.UNKNOWN;
  private int resetCode = Detail.UNKNOWN;
  private long resetNanos;

  /** What counts the messages of the client. */
  GrpcMessages requests() {
    return requests;
  }

  /** What counts the messages of the server. */
  GrpcMessages responses() {
    return responses;
  }

  void takeStatus(int seen) {
    if (seen != Detail.UNKNOWN) {
      status = seen;
    }
  }

  void takeReset(int code, long epochNanos) {
    resetCode = code;
    resetNanos = epochNanos;
  }

  /** {@code grpc-status} of header fields, or {@link Detail#UNKNOWN}. */
  int status() {
    return status;
  }

  /**
   * The call as it is told.
   *
   * @param path {@code /service/method}; empty if it was not seen
   * @param timeoutNanos as the client said it, or {@link Detail#UNKNOWN}
   * @param startNanos when its first byte was seen; 0 if it was not
   */
  Detail detail(String path, long timeoutNanos, long startNanos) {
    int slash = path.lastIndexOf('/');
    int seenStatus = status != Detail.UNKNOWN ? status : responses.status();
    return new Detail.Grpc(
        slash > 0 ? path.substring(1, slash) : "",
        path.substring(slash + 1),
        seenStatus,
        startNanos != 0 ? requests.count() : Detail.UNKNOWN,
        responses.count(),
        timeoutNanos,
        end(seenStatus, timeoutNanos, startNanos));
  }

  /**
   * How the call ended. That its deadline had passed is told by neither side; the client's clock
   * began to run before its first byte was sent, so the last tenth before the deadline counts.
   */
  private CallEnd end(int seenStatus, long timeoutNanos, long startNanos) {
    if (seenStatus != Detail.UNKNOWN) {
      return CallEnd.STATUS;
    }
    if (resetCode != CANCEL) {
      return CallEnd.UNKNOWN;
    }
    boolean late =
        timeoutNanos != Detail.UNKNOWN
            && startNanos != 0
            && resetNanos - startNanos >= timeoutNanos - timeoutNanos / 10;
    return late ? CallEnd.DEADLINE : CallEnd.CANCELLED;
  }

  /** Nanoseconds of a {@code grpc-timeout} field; {@link Detail#UNKNOWN} if it is none. */
  static long timeoutNanos(CharSequence field) {
    int digits = field.length() - 1;
    if (digits < 1 || digits > MOST_DIGITS) {
      return Detail.UNKNOWN;
    }
    long value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = field.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return Detail.UNKNOWN;
      }
      value = 10 * value + digit;
    }
    long unit = unitNanos(field.charAt(digits));
    if (unit == 0) {
      return Detail.UNKNOWN;
    }
    return value > Long.MAX_VALUE / unit ? Long.MAX_VALUE : value * unit;
  }

  private static long unitNanos(char unit) {
    return switch (unit) {
      case 'H' -> 3_600_000_000_000L;
      case 'M' -> 60_000_000_000L;
      case 'S' -> 1_000_000_000L;
      case 'm' -> 1_000_000L;
      case 'u' -> 1_000L;
      case 'n' -> 1L;
      default -> 0;
    };
  }
}
