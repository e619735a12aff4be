// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;

/** Outputs that send to a collector of the test's. */
final class OtlpOutputs {
  private OtlpOutputs() {}

  static Outputs open(Map<String, String> environment, boolean replay)
      throws ConfigurationException {
    return Outputs.open(options(environment, replay, OutputStream.nullOutputStream()));
  }

  static OutputOptions options(Map<String, String> environment, boolean replay, OutputStream out) {
    OutputKind[] kinds = {OutputKind.OTLP, OutputKind.JSON};
    return TestOptions.with(
        environment, replay ? TestOptions.replay(out, kinds) : TestOptions.live(out, kinds));
  }

  static Map<String, String> to(ReceivingServer server, String... settings) {
    Map<String, String> environment = new HashMap<>();
    environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", server.endpoint());
    environment.put("OTEL_METRICS_EXPORTER", "none");
    for (int i = 0; i < settings.length; i += 2) {
      environment.put(settings[i], settings[i + 1]);
    }
    return environment;
  }
}
