// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

/** The kinds of output that can be asked for. */
public enum OutputKind {
  /** Aligned lines for people, on standard output. */
  CONSOLE,
  /** One JSON object a line, on standard output. */
  JSON,
  /** Spans and metrics, to an OpenTelemetry Collector. */
  OTLP,
  /** Nothing but the accounting line. */
  NONE
}
