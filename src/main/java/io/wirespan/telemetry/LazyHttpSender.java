// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A sender that is made, with its client and that one's threads, when it is first needed. */
final class LazyHttpSender implements HttpSender {
  private final Supplier<HttpSender> maker;
  private Optional<HttpSender> made = Optional.empty();

  LazyHttpSender(Supplier<HttpSender> maker) {
    this.maker = maker;
  }

  private synchronized HttpSender sender() {
    if (made.isEmpty()) {
      made = Optional.of(maker.get());
    }
    return made.get();
  }

  @Override
  public void send(
      MessageWriter message, Consumer<HttpResponse> onResponse, Consumer<Throwable> onError) {
    sender().send(message, onResponse, onError);
  }

  @Override
  public synchronized CompletableResultCode shutdown() {
    return made.map(HttpSender::shutdown).orElseGet(CompletableResultCode::ofSuccess);
  }
}
