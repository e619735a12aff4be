// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

/**
 * Capturing cannot begin. The message says what failed, with the kernel's error where there is one;
 * the hint says what mends it and may be empty.
 */
public final class SetupException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String hint;

  public SetupException(String message, String hint) {
    super(message);
    this.hint = hint;
  }

  public String hint() {
    return hint;
  }
}
