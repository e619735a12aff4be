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
   * @param done told what became of it
   */
  void send(SpanBatch batch, Consumer<ExportResult> done);

  /** Ends what is under way, in bounded time. */
  void close();

  /** For when spans are not exported. */
  static SpanSender none() {
    return new SpanSender() {
      @Override
      public void send(SpanBatch batch, Consumer<ExportResult> done) {
        done.accept(ExportResult.COMPLETE);
      }

      @Override
      public void close() {}
    };
  }

  /** With the SDK's means alone. */
  static SpanSender over(HttpSender http) {
    return new SpanSender() {
      @Override
      public void send(SpanBatch batch, Consumer<ExportResult> done) {
        http.send(
            batch,
            response ->
                done.accept(
                    ExportResult.ofHttp(response.getStatusCode(), response.getResponseBody())),
            failure -> done.accept(ExportResult.failed(ExportLog.describe(failure))));
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
      public void send(SpanBatch batch, Consumer<ExportResult> done) {
        grpc.send(
            batch,
            response -> done.accept(ofGrpc(response)),
            failure -> done.accept(ExportResult.failed(ExportLog.describe(failure))));
      }

      @Override
      public void close() {
        grpc.shutdown();
      }
    };
  }

  private static ExportResult ofGrpc(GrpcResponse response) {
    if (response.getStatusCode() == GrpcStatusCode.OK) {
      return PartialSuccess.read(response.getResponseMessage());
    }
    String description = Optional.ofNullable(response.getStatusDescription()).orElse("");
    return ExportResult.failed(
        "the collector answered with gRPC status "
            + response.getStatusCode()
            + (description.isEmpty() ? "" : ": " + description));
  }
}
