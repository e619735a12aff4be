// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

/** The command. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {}
}
