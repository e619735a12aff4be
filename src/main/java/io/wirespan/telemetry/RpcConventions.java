// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.opentelemetry.api.common.AttributeKey;
import io.wirespan.protocol.Detail;
import io.wirespan.tcp.Flow;

/**
 * The RPC semantic conventions as far as they concern gRPC. Their names are not in the stable part
 * of the library.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/rpc/grpc/">gRPC</a>
 */
final class RpcConventions {
  static final AttributeKey<String> SYSTEM = stringKey("rpc.system");
  static final AttributeKey<String> SERVICE = stringKey("rpc.service");
  static final AttributeKey<String> METHOD = stringKey("rpc.method");
  static final AttributeKey<Long> GRPC_STATUS_CODE = longKey("rpc.grpc.status_code");
  static final AttributeKey<Long> REQUEST_MESSAGES = longKey("wirespan.grpc.request.messages");
  static final AttributeKey<Long> RESPONSE_MESSAGES = longKey("wirespan.grpc.response.messages");

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

  /** The name of a status that is an error for this role; empty if it is none. */
  static String errorType(Detail.Grpc grpc, Flow.Role role) {
    int status = grpc.status();
    if (status <= 0 || role == Flow.Role.SERVER && !isServersFault(status)) {
      return "";
    }
    return status < STATUS_NAMES.length ? STATUS_NAMES[status] : Integer.toString(status);
  }

  /** UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
  private static boolean isServersFault(int status) {
    return switch (status) {
      case 2, 4, 12, 13, 14, 15 -> true;
      default -> false;
    };
  }

  static void put(Detail.Grpc grpc, AttributeArray to) {
    to.put(SYSTEM, "grpc");
    if (!grpc.method().isEmpty()) {
      to.putText(SERVICE, WireText.visible(grpc.service()));
      to.putText(METHOD, WireText.visible(grpc.method()));
    }
    putKnown(GRPC_STATUS_CODE, grpc.status(), to);
    putKnown(REQUEST_MESSAGES, grpc.requestMessages(), to);
    putKnown(RESPONSE_MESSAGES, grpc.responseMessages(), to);
  }

  private static void putKnown(AttributeKey<Long> key, int value, AttributeArray to) {
    if (value != Detail.UNKNOWN) {
      to.putNumber(key, value);
    }
  }
}
