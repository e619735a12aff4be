// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import java.io.OutputStream;
import java.util.Map;
import java.util.Set;

/**
 * What to write, and where.
 *
 * @param standardOutput where lines go; it must report errors, as a {@link java.io.PrintStream}
 *     does not. Never closed here.
 * @param terminal what {@code standardOutput} is connected to
 * @param replay whether packets come from a file: ids then depend on nothing but the packets, and a
 *     full export queue holds the reader back instead of dropping spans
 * @param requestHeaders further request fields to export, as {@code http.request.header.*}
 * @param responseHeaders further response fields to export
 * @param environment the process environment: {@code OTEL_*}, {@code NO_COLOR}, the names that
 *     Kubernetes passes down
 */
public record OutputOptions(
    Set<OutputKind> kinds,
    OutputStream standardOutput,
    Terminal terminal,
    boolean replay,
    Set<String> requestHeaders,
    Set<String> responseHeaders,
    Map<String, String> environment) {

  public OutputOptions {
    kinds = Set.copyOf(kinds);
    requestHeaders = Set.copyOf(requestHeaders);
    responseHeaders = Set.copyOf(responseHeaders);
    environment = Map.copyOf(environment);
  }

  /**
   * Whether a variable is set; an empty one is not (OpenTelemetry specification, env. variables).
   */
  boolean isSet(String variable) {
    return !environment.getOrDefault(variable, "").isEmpty();
  }
}
