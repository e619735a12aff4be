// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

/** Whether the console output is coloured. */
public enum ColorMode {
  /** On a terminal, unless NO_COLOR is set. */
  AUTO,
  ALWAYS,
  NEVER
}
