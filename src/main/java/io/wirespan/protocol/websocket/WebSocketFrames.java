// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.websocket;

import io.wirespan.protocol.ContentCounter;
import io.wirespan.protocol.Detail;
import io.wirespan.tcp.Direction;

/** The frames of both directions of a WebSocket, whatever they are carried by. */
public final class WebSocketFrames {
  private final FrameCounter client = new FrameCounter();
  private final FrameCounter server = new FrameCounter();

  /** What counts the frames that this side sends. */
  public ContentCounter counter(Direction direction) {
    return direction == Direction.CLIENT_TO_SERVER ? client : server;
  }

  public Detail.WebSocket detail() {
    int code = client.closeCode();
    return new Detail.WebSocket(
        client.side(), server.side(), code != Detail.UNKNOWN ? code : server.closeCode());
  }
}
