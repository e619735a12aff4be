// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

/** Receives packets, one at a time, on the thread that polls the source. */
@FunctionalInterface
public interface PacketHandler {
  /** The flyweight is valid only until this returns. */
  void onPacket(Packet packet);
}
