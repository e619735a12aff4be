// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import io.netty.buffer.ByteBuf;

/** Counts what is framed in the content of a message, of which it keeps nothing. */
public interface ContentCounter {
  /** Reads the first {@code length} readable bytes, and leaves them. */
  void take(ByteBuf data, int length);

  /** Content of known length that will never come. */
  void lose(long length);

  /** Content was missed, nobody knows how much. */
  void losePlace();
}
