// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import io.netty.buffer.ByteBuf;
import io.wirespan.protocol.Outcome;
import io.wirespan.tcp.PacketStamp;

/** What a frame reader tells the connection. */
interface FrameSink {
  /** A frame's header and the fixed part of its payload are there, or the latter is damaged. */
  void begin(FrameReader frame, PacketStamp stamp);

  /** The next {@code length} readable bytes, which must be left, are of the frame's body. */
  void body(FrameReader frame, ByteBuf data, int length, PacketStamp stamp);

  /** Bytes of the frame's body that will never come; {@code stamp} if their packet was there. */
  void bodyLost(FrameReader frame, long length, Outcome cause);

  /** A packet brought bytes of the frame's padding. */
  void padding(PacketStamp stamp);

  /** The frame is whole, or as whole as it will be. */
  void end(FrameReader frame);

  /** Whole frames may be missing here. */
  void lost(long length, Outcome cause);

  /** These bytes cannot be frames. */
  void malformed();

  /** Whether a frame is likely to begin at the reader index. */
  boolean isBoundary(ByteBuf data);

  /** Bytes passed over while looking for a frame. */
  void searched(int length);
}
