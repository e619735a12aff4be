// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.wirespan.capture.Packet;

/**
 * Watches the connections of a table and their packets, beside the handlers that read the streams.
 * Called on the capture thread.
 */
public interface ConnectionObserver {
  ConnectionObserver NONE = new ConnectionObserver() {};

  /**
   * A packet of a connection that is not ignored, before the connection itself takes it. Of a
   * fragmented datagram, the fragment that completes it.
   *
   * @param handshake whether it opens the connection: a SYN, or what follows one without payload
   */
  default void onPacket(Connection connection, Packet packet, boolean handshake) {}

  /** From here on the connection's {@link Connection#flow} is known; nothing is delivered yet. */
  default void onTraced(Connection connection) {}

  /** Nothing more will come of this connection; may be called more than once. */
  default void onForgotten(Connection connection) {}
}
