// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcStatusCode;
import io.opentelemetry.sdk.common.export.HttpSender;
import java.util.Optional;
import java.util.function.Consumer;

/** Takes batches to the collector. */
interface SpanSender {
  /**
   * Sends a batch, which must stay as it is until {@code done} is called, by any thread.
   *
   * @param done told what went wrong, if anything did
   */
  void send(SpanBatch batch, Consumer<Optional<String>> done);

  /** Ends what is under way, in bounded time. */
  void close();

  /** For when spans are not exported. */
  static SpanSender none() {
    return new SpanSender() {
      @Override
      public void send(SpanBatch batch, Consumer<Optional<String>> done) {
        done.accept(Optional.empty());
      }

      @Override
      public void close() {}
    };
  }

  /** With the SDK's means alone. */
  static SpanSender over(HttpSender http) {
    return new SpanSender() {
      @Override
      public void send(SpanBatch batch, Consumer<Optional<String>> done) {
        http.send(
            batch,
            response -> done.accept(trouble(response.getStatusCode())),
            failure -> done.accept(Optional.of(ExportLog.describe(failure))));
      }

      @Override
      public void close() {
        http.shutdown();
      }
    };
  }

  /** With the SDK's means alone. */
  static SpanSender over(GrpcSender grpc) {
    return new SpanSender() {
      @Override
      public void send(SpanBatch batch, Consumer<Optional<String>> done) {
        grpc.send(
            batch,
            response -> done.accept(trouble(response)),
            failure -> done.accept(Optional.of(ExportLog.describe(failure))));
      }

      @Override
      public void close() {
        grpc.shutdown();
      }
    };
  }

  /** What is wrong with an answer, if anything is. */
  static Optional<String> trouble(int httpStatus) {
    return httpStatus / 100 == 2
        ? Optional.empty()
        : Optional.of("the collector answered with HTTP status " + httpStatus);
  }

  private static Optional<String> trouble(GrpcResponse response) {
    if (response.getStatusCode() == GrpcStatusCode.OK) {
      return Optional.empty();
    }
    String description = Optional.ofNullable(response.getStatusDescription()).orElse("");
    return Optional.of(
        "the collector answered with gRPC status "
            + response.getStatusCode()
            + (description.isEmpty() ? "" : ": " + description));
  }
}
