// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.netty.buffer.ByteBuf;

/** How the room above joins in: it decides who is the client and follows the bytes. */
public interface StreamHandlerFactory {
  /** Who sends a payload, judged by its first bytes. */
  enum Sender {
    CLIENT,
    SERVER,
    UNKNOWN
  }

  /**
   * Asked for a connection whose handshake was not seen.
   *
   * @param payload readable bytes are the payload; its indices must be left as they were
   */
  Sender senderOf(ByteBuf payload);

  /** A connection begins, before any of its bytes are delivered. */
  StreamHandler open(Connection connection);
}
