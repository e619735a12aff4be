// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

/**
 * What leaves the agent: exchanges and the accounting line. Called by the agent's own thread only,
 * but for {@link #failed}.
 */
interface Results {
  /** Passes on what has waited long enough; called after every poll. */
  void flushIfDue();

  /**
   * Whether nobody takes results any more (closed pipe), so that going on is of no use. For any
   * thread.
   */
  boolean failed();

  /** Flushes everything, within bounds. */
  void close();

  /** Writes the accounting line; also after {@link #close}. */
  void account();
}
