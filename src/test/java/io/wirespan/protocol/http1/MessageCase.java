// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import io.wirespan.protocol.Wire;
import java.util.function.Supplier;

/**
 * Messages of one connection, and what is to be made of them.
 *
 * @param traffic made anew for each reading
 * @param lines an exchange each, as {@link Wire#lines} tells it
 */
record MessageCase(String name, Supplier<Wire> traffic, String... lines) {
  static Wire wire() {
    return new Wire();
  }

  @Override
  public String toString() {
    return name;
  }
}
