// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

/** Something that was asked for cannot be set up; the operator is told what, why and what helps. */
public final class SetupException extends Exception {
  private final String hint;

  /**
   * @param message what failed and why, in one line
   * @param hint what mends it, in one line; empty if nothing is known to
   */
  public SetupException(String message, String hint) {
    super(message);
    this.hint = hint;
  }

  public SetupException(String message, String hint, Throwable cause) {
    super(message, cause);
    this.hint = hint;
  }

  public String hint() {
    return hint;
  }
}
