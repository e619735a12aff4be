// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

/** An argument that cannot be used. The message names it, its value and what is wrong with it. */
final class InvalidOptionException extends Exception {
  private static final long serialVersionUID = 1L;

  InvalidOptionException(String message) {
    super(message);
  }
}
