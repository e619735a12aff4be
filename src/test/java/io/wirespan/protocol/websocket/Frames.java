// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

/** Bytes of WebSocket frames, for tests. */
public final class Frames {
  private Frames() {}

  /**
   * @param first FIN, reserved bits and opcode
   */
  public static byte[] frame(int first, boolean masked, byte[] payload) {
    ByteBuf frame = Unpooled.buffer().writeByte(first);
    int mask = masked ? 0x80 : 0;
    if (payload.length < 126) {
      frame.writeByte(mask | payload.length);
    } else if (payload.length < 65_536) {
      frame.writeByte(mask | 126).writeShort(payload.length);
    } else {
      frame.writeByte(mask | 127).writeLong(payload.length);
    }
    byte[] key = {1, 2, 3, 4};
    if (masked) {
      frame.writeBytes(key);
    }
    for (int i = 0; i < payload.length; i++) {
      frame.writeByte(masked ? payload[i] ^ key[i % 4] : payload[i]);
    }
    return ByteBufUtil.getBytes(frame);
  }
}
