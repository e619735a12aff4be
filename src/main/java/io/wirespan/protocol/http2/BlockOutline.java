// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import io.netty.buffer.ByteBuf;
import io.wirespan.tcp.StreamHandlerFactory.Sender;

/**
 * The outline of a header block (RFC 7541, section 6), read without a table: whether its fields fit
 * into one another, and whether requests or responses have them.
 */
final class BlockOutline {
  /** Beyond any table in use. */
  private static final int HIGHEST_INDEX = 1 << 13;

  private static final int LONGEST_NAME = 256;

  /** Entries of the static table (appendix A): {@code :authority} to {@code :scheme}. */
  private static final int FIRST_STATUS = 8;

  private static final int LAST_STATUS = 14;
  private static final int ACCEPT_ENCODING = 16;
  private static final int ACCEPT = 19;
  private static final int DATE = 33;
  private static final int SERVER = 54;
  private static final int USER_AGENT = 58;

  private final ByteBuf data;
  private final int to;
  private final boolean likely;
  private int at;
  private Sender sender = Sender.UNKNOWN;

  /**
   * @param whole whether the block ends at {@code to}; else it is cut off there
   */
  BlockOutline(ByteBuf data, int from, int to, boolean whole) {
    this.data = data;
    this.at = from;
    this.to = to;
    this.likely = read(whole);
  }

  boolean isLikely() {
    return likely;
  }

  Sender sender() {
    return sender;
  }

  private boolean read(boolean whole) {
    int fields = 0;
    while (at < to) {
      int first = data.getByte(at);
      boolean fits = (first & 0xe0) == 0x20 ? fields == 0 && integer(5) >= 0 : field(first);
      if (!fits) {
        // Cut off, or wrong.
        return !whole && fields > 0 && at >= to;
      }
      fields += (first & 0xe0) == 0x20 ? 0 : 1;
    }
    return fields > 0 && at == to;
  }

  private boolean field(int first) {
    if (first < 0) {
      int index = integer(7);
      note(index);
      return index > 0 && index <= HIGHEST_INDEX;
    }
    int index = integer((first & 0x40) != 0 ? 6 : 4);
    note(index);
    return index >= 0
        && index <= HIGHEST_INDEX
        && (index > 0 || string(LONGEST_NAME))
        && string(Integer.MAX_VALUE);
  }

  private void note(int index) {
    if (sender != Sender.UNKNOWN) {
      return;
    }
    if (index > 0 && index < FIRST_STATUS
        || index == ACCEPT_ENCODING
        || index == ACCEPT
        || index == USER_AGENT) {
      sender = Sender.CLIENT;
    } else if (index >= FIRST_STATUS && index <= LAST_STATUS || index == DATE || index == SERVER) {
      sender = Sender.SERVER;
    }
  }

  private boolean string(int longest) {
    if (at >= to) {
      return false;
    }
    int length = integer(7);
    if (length < 0 || length > longest) {
      return false;
    }
    // Kept from overflowing; what lies behind the end is cut off.
    at = (int) Math.min(Integer.MAX_VALUE, (long) at + length);
    return at <= to;
  }

  /** RFC 7541, section 5.1; -1 if it is cut off or too large. */
  private int integer(int prefixBits) {
    int most = (1 << prefixBits) - 1;
    int value = data.getByte(at++) & most;
    if (value < most) {
      return value;
    }
    for (int shift = 0; shift <= 14; shift += 7) {
      if (at >= to) {
        return -1;
      }
      int next = data.getByte(at++);
      value += (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    return -1;
  }
}
