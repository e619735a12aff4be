// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

/** The kinds of output that can be asked for. */
public enum OutputKind {
  CONSOLE,
  JSON,
  OTLP,
  /** Nothing but the accounting line. */
  NONE
}
