// SPDX-License-Identifier: Apache-2.0
package io.wirespan.replay;

/** What happens to packets on their way. */
enum Network {
  /** They arrive in order, and a client waits for a response before it goes on. */
  CALM,
  /** They are late, repeated, fragmented and pipelined, and the capture delivers some late. */
  ROUGH,
  /** Besides, the capture loses some; but it delivers those that it has in order. */
  LOSSY
}
