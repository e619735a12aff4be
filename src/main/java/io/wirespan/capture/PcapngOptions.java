// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import java.nio.charset.StandardCharsets;

/**
 * A cursor over the options of a pcapng block that is held in the feed.
 *
 * <pre>  code 2 | length 2 | value, padded to 4 bytes</pre>
 */
final class PcapngOptions {
  private static final int END_OF_OPTIONS = 0;
  private static final int HEADER_LENGTH = 4;

  private final ByteFeed feed;
  private int next;
  private int end;
  private int code;
  private int at;
  private int length;
  private boolean malformed;

  PcapngOptions(ByteFeed feed) {
    this.feed = feed;
  }

  /** Goes before the first option of those between two distances from the block's first byte. */
  void over(int from, int to) {
    next = from;
    end = to;
    malformed = false;
  }

  /** Goes to the next option; false if there is none, or none that fits the block. */
  boolean advance() {
    if (end - next < HEADER_LENGTH) {
      return false;
    }
    code = feed.unsignedShortAt(next);
    length = feed.unsignedShortAt(next + 2);
    at = next + HEADER_LENGTH;
    if (code == END_OF_OPTIONS) {
      return false;
    }
    malformed = length > end - at;
    next = at + (length + 3 & ~3);
    return !malformed;
  }

  /** Whether the options were left because one of them is longer than its block. */
  boolean malformed() {
    return malformed;
  }

  /** Whether the cursor is on an option of this code and, other than strings, of this length. */
  boolean is(int wantedCode, int wantedLength) {
    return code == wantedCode && length == wantedLength;
  }

  boolean is(int wantedCode) {
    return code == wantedCode;
  }

  int unsignedByteValue() {
    return feed.byteAt(at) & 0xff;
  }

  int intValue() {
    return feed.intAt(at);
  }

  long longValue() {
    return feed.longAt(at);
  }

  String textValue() {
    byte[] text = new byte[length];
    feed.copy(at, text);
    return new String(text, StandardCharsets.UTF_8);
  }
}
