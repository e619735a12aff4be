// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/** Why bytes of a stream are not there. */
public enum GapCause {
  /** Their packets were not captured. */
  LOST,
  /** Their packet was captured with fewer bytes than it had on the wire. */
  TRUNCATED
}
