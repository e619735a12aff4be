// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.capture.PacketHandler;

/** From packets to exchanges. Called by the capture thread only. */
interface Pipeline extends PacketHandler {
  /** Lets go of what has been idle for too long; times never go backwards. */
  void tick(long nowEpochNanos);

  /** Ends everything that is open, as the capture is over. */
  void close(long epochNanos);
}
