// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/** Why a connection left the table. */
public enum CloseReason {
  /** Both sides sent a FIN. */
  FINISHED,
  /** One side sent a RST. */
  RESET,
  /** The same endpoints began a new connection. */
  REUSED,
  /** Nothing was seen of it for longer than the idle limit. */
  IDLE,
  /** The table was full and this was the one used least recently. */
  EVICTED,
  /** The capture ended. */
  SHUTDOWN
}
