// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

/** What a command line comes to. */
sealed interface Invocation {
  /** Trace. */
  record Run(AgentOptions options) implements Invocation {}

  /** Write that to standard output and be done: help or version. */
  record Print(String text) implements Invocation {}

  /** Write that to standard error: an argument is wrong. One line, without a line end. */
  record Refused(String message) implements Invocation {}
}
