// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Service providers of the class path, with two differences. For HTTP there is only the sender on
 * the JDK's client: it is several times as fast as the one on OkHttp, which gRPC needs; and before
 * it goes one of our own. And what senders an exporter is given is noted: it is the SDK that knows
 * how to make one from the OTEL_* variables, but what we send we have encoded ourselves.
 */
final class SdkComponents implements ComponentLoader {
  private final ComponentLoader all =
      ComponentLoader.forClassLoader(SdkComponents.class.getClassLoader());

  private Optional<SpanSender> lastSender = Optional.empty();

  @Override
  public <T> Iterable<T> load(Class<T> type) {
    List<T> found = new ArrayList<>();
    for (T provider : all.load(type)) {
      // No pattern switch: to make its class takes a start 5 to 12 ms.
      if (provider instanceof GrpcSenderProvider grpc) {
        found.add(type.cast(noting(grpc)));
      } else if (!(provider instanceof HttpSenderProvider http)) {
        found.add(provider);
      } else if (isJdk(http)) {
        found.add(type.cast(noting(http)));
      }
    }
    return found;
  }

  private static boolean isJdk(HttpSenderProvider provider) {
    return provider.getClass().getName().contains(".sender.jdk.");
  }

  private HttpSenderProvider noting(HttpSenderProvider provider) {
    return config -> {
      HttpSender sdks = new LazyHttpSender(() -> provider.createSender(config));
      HttpSender sender = PlainHttpSender.suits(config) ? new PlainHttpSender(config, sdks) : sdks;
      lastSender = Optional.of(SpanSender.over(sender));
      return sender;
    };
  }

  private GrpcSenderProvider noting(GrpcSenderProvider provider) {
    return config -> {
      GrpcSender sender = provider.createSender(config);
      lastSender = Optional.of(SpanSender.over(sender));
      return sender;
    };
  }

  /** A sender as that of the exporter that was made last. */
  Optional<SpanSender> lastSender() {
    return lastSender;
  }
}
