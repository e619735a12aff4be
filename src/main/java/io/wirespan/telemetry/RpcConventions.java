// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.semconv.RpcAttributes;
import io.opentelemetry.semconv.RpcAttributes.RpcSystemNameValues;
import io.wirespan.protocol.Detail;
import io.wirespan.tcp.Flow;

/**
 * The RPC semantic conventions (1.45, stable) as far as they concern gRPC.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/rpc/grpc/">gRPC</a>
 */
final class RpcConventions {
  private static final EncodedKey<String> SYSTEM_NAME =
      EncodedKey.of(RpcAttributes.RPC_SYSTEM_NAME);
  private static final EncodedKey<String> METHOD = EncodedKey.of(RpcAttributes.RPC_METHOD);
  private static final EncodedKey<String> STATUS_CODE =
      EncodedKey.of(RpcAttributes.RPC_STATUS_CODE);
  static final EncodedKey<Long> REQUEST_MESSAGES =
      EncodedKey.number("wirespan.grpc.request.messages");
  static final EncodedKey<Long> RESPONSE_MESSAGES =
      EncodedKey.number("wirespan.grpc.response.messages");
  static final EncodedKey<Double> TIMEOUT = EncodedKey.fraction("wirespan.grpc.timeout");

  private static final int CANCELLED = 1;
  private static final int DEADLINE_EXCEEDED = 4;

  private static final String[] STATUS_NAMES = {
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED"
  };

  private RpcConventions() {}

  /** {@code {service}/{method}}; empty if the path was not seen. */
  static String spanName(Detail.Grpc grpc) {
    return grpc.service().isEmpty()
        ? grpc.method()
        : WireText.visible(grpc.service() + '/' + grpc.method());
  }

  /**
   * The status of the call: the server's or, of a call that was given up, the one that the library
   * of its client or server gives it.
   */
  private static int status(Detail.Grpc grpc) {
    return switch (grpc.end()) {
      case DEADLINE -> DEADLINE_EXCEEDED;
      case CANCELLED -> CANCELLED;
      case STATUS, UNKNOWN -> grpc.status();
    };
  }

  private static String nameOf(int status) {
    return status < STATUS_NAMES.length ? STATUS_NAMES[status] : Integer.toString(status);
  }

  /** The name of a status that is an error for this role; empty if it is none. */
  static String errorType(Detail.Grpc grpc, Flow.Role role) {
    int status = status(grpc);
    if (status <= 0 || role == Flow.Role.SERVER && !isServersFault(status)) {
      return "";
    }
    return nameOf(status);
  }

  /** UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
  private static boolean isServersFault(int status) {
    return switch (status) {
      case 2, DEADLINE_EXCEEDED, 12, 13, 14, 15 -> true;
      default -> false;
    };
  }

  static void put(Detail.Grpc grpc, AttributeWriter to) {
    to.put(SYSTEM_NAME, RpcSystemNameValues.GRPC);
    String method = spanName(grpc);
    if (!method.isEmpty()) {
      to.put(METHOD, method);
    }
    int status = status(grpc);
    if (status != Detail.UNKNOWN) {
      to.put(STATUS_CODE, nameOf(status));
    }
    putKnown(REQUEST_MESSAGES, grpc.requestMessages(), to);
    putKnown(RESPONSE_MESSAGES, grpc.responseMessages(), to);
    if (grpc.timeoutNanos() != Detail.UNKNOWN) {
      to.put(TIMEOUT, grpc.timeoutNanos() / 1e9);
    }
  }

  private static void putKnown(EncodedKey<Long> key, int value, AttributeWriter to) {
    if (value != Detail.UNKNOWN) {
      to.put(key, value);
    }
  }
}
