// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static io.opentelemetry.api.common.AttributeKey.doubleKey;
import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.semconv.RpcAttributes.RPC_METHOD;
import static io.opentelemetry.semconv.RpcAttributes.RPC_STATUS_CODE;
import static io.opentelemetry.semconv.RpcAttributes.RPC_SYSTEM_NAME;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.semconv.RpcAttributes.RpcSystemNameValues;
import io.wirespan.protocol.Detail;
import io.wirespan.tcp.Flow;

/**
 * The RPC semantic conventions (1.45, stable) as far as they concern gRPC.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/rpc/grpc/">gRPC</a>
 */
final class RpcConventions {
  static final AttributeKey<Long> REQUEST_MESSAGES = longKey("wirespan.grpc.request.messages");
  static final AttributeKey<Long> RESPONSE_MESSAGES = longKey("wirespan.grpc.response.messages");
  static final AttributeKey<Double> TIMEOUT = doubleKey("wirespan.grpc.timeout");

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

  static void put(Detail.Grpc grpc, AttributeArray to) {
    to.put(RPC_SYSTEM_NAME, RpcSystemNameValues.GRPC);
    String method = spanName(grpc);
    if (!method.isEmpty()) {
      to.putText(RPC_METHOD, method);
    }
    int status = status(grpc);
    if (status != Detail.UNKNOWN) {
      to.put(RPC_STATUS_CODE, nameOf(status));
    }
    putKnown(REQUEST_MESSAGES, grpc.requestMessages(), to);
    putKnown(RESPONSE_MESSAGES, grpc.responseMessages(), to);
    if (grpc.timeoutNanos() != Detail.UNKNOWN) {
      to.put(TIMEOUT, grpc.timeoutNanos() / 1e9);
    }
  }

  private static void putKnown(AttributeKey<Long> key, int value, AttributeArray to) {
    if (value != Detail.UNKNOWN) {
      to.putNumber(key, value);
    }
  }
}
