// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import java.io.OutputStream;
import java.util.Map;
import java.util.Set;

/** Options of outputs without a terminal, further headers and an environment, unless one asks. */
public final class TestOptions {
  private TestOptions() {}

  /** For packets of an interface. */
  public static OutputOptions live(OutputStream out, OutputKind... kinds) {
    return options(out, false, kinds);
  }

  /** For packets of a file. */
  public static OutputOptions replay(OutputStream out, OutputKind... kinds) {
    return options(out, true, kinds);
  }

  private static OutputOptions options(OutputStream out, boolean replay, OutputKind... kinds) {
    return new OutputOptions(
        Set.of(kinds), out, Terminal.NONE, replay, Set.of(), Set.of(), Map.of());
  }

  static OutputOptions with(Map<String, String> environment, OutputOptions options) {
    return new OutputOptions(
        options.kinds(),
        options.standardOutput(),
        options.terminal(),
        options.replay(),
        options.requestHeaders(),
        options.responseHeaders(),
        environment);
  }

  static OutputOptions withHeaders(
      Set<String> ofRequests, Set<String> ofResponses, OutputOptions options) {
    return new OutputOptions(
        options.kinds(),
        options.standardOutput(),
        options.terminal(),
        options.replay(),
        ofRequests,
        ofResponses,
        options.environment());
  }
}
