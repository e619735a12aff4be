// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

/**
 * What standard output is connected to.
 *
 * @param interactive whether it is a terminal; if not, there are no colours and nothing is cut
 * @param columns width in characters; 0 if unknown
 */
public record Terminal(boolean interactive, int columns) {
  public static final Terminal NONE = new Terminal(false, 0);
}
