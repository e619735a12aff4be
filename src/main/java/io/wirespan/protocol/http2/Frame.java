// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

/**
 * The frame header and what it allows (RFC 9113, sections 4.1 and 6).
 *
 * <pre>
 *   0        3      4       5              9
 *   | length | type | flags | R, stream id | payload ...
 * </pre>
 */
final class Frame {
  static final int HEADER_LENGTH = 9;

  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  /** END_STREAM, and ACK of SETTINGS and PING. */
  static final int END_STREAM = 0x1;

  static final int ACK = 0x1;
  static final int END_HEADERS = 0x4;
  static final int PADDED = 0x8;
  static final int PRIORITIZED = 0x20;

  /** SETTINGS_HEADER_TABLE_SIZE (section 6.5.2). */
  static final int HEADER_TABLE_SIZE = 1;

  static final int SETTING_LENGTH = 6;

  /** What every endpoint must accept, and hardly any exceeds. */
  static final int USUAL_MAX_LENGTH = 1 << 14;

  private static final int[] FLAGS = {
    END_STREAM | PADDED,
    END_STREAM | END_HEADERS | PADDED | PRIORITIZED,
    0,
    0,
    ACK,
    END_HEADERS | PADDED,
    ACK,
    0,
    0,
    END_HEADERS
  };

  private Frame() {}

  static boolean hasFlag(int flags, int flag) {
    return (flags & flag) != 0;
  }

  /**
   * Bytes of a payload that are read as one: pad length, priority, promised stream, error codes.
   */
  static int fixedLength(int type, int flags) {
    int padLength = hasFlag(flags, PADDED) ? 1 : 0;
    return switch (type) {
      case DATA -> padLength;
      case HEADERS -> padLength + (hasFlag(flags, PRIORITIZED) ? 5 : 0);
      case PUSH_PROMISE -> padLength + 4;
      case RST_STREAM -> 4;
      case GOAWAY -> 8;
      default -> 0;
    };
  }

  static boolean isPadded(int type, int flags) {
    return hasFlag(flags, PADDED) && (type == DATA || type == HEADERS || type == PUSH_PROMISE);
  }

  /** Whether an endpoint may send this. Unknown types are to be skipped (section 5.5). */
  static boolean isValid(int length, int type, int streamId) {
    return switch (type) {
      case DATA, HEADERS, CONTINUATION -> streamId != 0;
      case PRIORITY -> streamId != 0 && length == 5;
      case RST_STREAM -> streamId != 0 && length == 4;
      case SETTINGS -> streamId == 0 && length % SETTING_LENGTH == 0;
      case PUSH_PROMISE -> streamId != 0 && length >= 4;
      case PING -> streamId == 0 && length == 8;
      case GOAWAY -> streamId == 0 && length >= 8;
      case WINDOW_UPDATE -> length == 4;
      default -> true;
    };
  }

  /**
   * Whether bytes from anywhere are likely to be a frame header: valid, of a known type, of usual
   * length, and without anything that is reserved.
   */
  static boolean isLikely(int length, int type, int flags, int streamId) {
    return type <= CONTINUATION
        && length <= USUAL_MAX_LENGTH
        && streamId >= 0
        && (flags & ~FLAGS[type]) == 0
        && fixedLength(type, flags) <= length
        && isValid(length, type, streamId)
        && (type != SETTINGS || length == 0 || !hasFlag(flags, ACK));
  }
}
