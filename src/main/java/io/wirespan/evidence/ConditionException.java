// SPDX-License-Identifier: Apache-2.0
package io.wirespan.evidence;

/** A condition that cannot be understood. The message says where, counted from 1, and why. */
public final class ConditionException extends Exception {
  private static final long serialVersionUID = 1L;

  ConditionException(int position, String why) {
    super("at " + (position + 1) + ": " + why);
  }
}
