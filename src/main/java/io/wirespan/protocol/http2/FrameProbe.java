// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import io.netty.buffer.ByteBuf;
import io.wirespan.tcp.StreamHandlerFactory.Sender;

/**
 * Tells frames from other bytes where a connection was joined in the middle, or lost. HTTP/2 has no
 * mark to look for, so all that a frame says of itself must agree, and so must what follows it.
 */
public final class FrameProbe {
  /** Higher than connections get, and lower than what four letters are as a number. */
  private static final int HIGHEST_STREAM_ID = 1 << 29;

  /** Identifiers of settings that are registered, with room for a few more. */
  private static final int HIGHEST_SETTING = 16;

  /** Error codes that are registered (RFC 9113, section 7). */
  private static final int HIGHEST_ERROR = 13;

  /** Frames of which only the header can be checked, before they are believed. */
  private static final int FRAMES_IN_A_ROW = 3;

  private FrameProbe() {}

  /** What frame headers at a buffer's reader index say. */
  private enum Verdict {
    IMPOSSIBLE,
    POSSIBLE,
    /** A value that had to be right is. */
    CERTAIN
  }

  /**
   * Whether frames begin at the reader index, of a connection of which nothing is known: either a
   * whole header block, or nothing but frames from there to the end.
   */
  public static boolean findsFrames(ByteBuf data) {
    int at = data.readerIndex();
    int end = data.writerIndex();
    int frames = 0;
    boolean allCertain = true;
    boolean headersSeen = false;
    while (at + Frame.HEADER_LENGTH <= end) {
      Verdict verdict = judge(data, at);
      if (verdict == Verdict.IMPOSSIBLE) {
        return false;
      }
      frames++;
      allCertain &= verdict == Verdict.CERTAIN;
      headersSeen |= verdict == Verdict.CERTAIN && data.getByte(at + 3) == Frame.HEADERS;
      at += Frame.HEADER_LENGTH + data.getUnsignedMedium(at);
    }
    return headersSeen || at == end && frames > 0 && (allCertain || frames >= FRAMES_IN_A_ROW);
  }

  /** Whether a DATA frame of a stream may begin at the reader index, and what follows it is one. */
  static boolean findsDataOf(ByteBuf data, StreamTable streams) {
    int at = data.readerIndex();
    if (data.readableBytes() < Frame.HEADER_LENGTH
        || data.getByte(at + 3) != Frame.DATA
        || judge(data, at) == Verdict.IMPOSSIBLE
        || streams.get(data.getInt(at + 5)) == null) {
      return false;
    }
    int next = at + Frame.HEADER_LENGTH + data.getUnsignedMedium(at);
    return next + Frame.HEADER_LENGTH > data.writerIndex()
        || judge(data, next) != Verdict.IMPOSSIBLE;
  }

  /** Who sends frames, by the fields of the first header block that tells. */
  public static Sender senderOf(ByteBuf data) {
    if (!findsFrames(data)) {
      return Sender.UNKNOWN;
    }
    int end = data.writerIndex();
    int at = data.readerIndex();
    while (at + Frame.HEADER_LENGTH <= end) {
      int length = data.getUnsignedMedium(at);
      if (data.getByte(at + 3) == Frame.HEADERS) {
        Sender sender = blockAt(data, at).sender();
        if (sender != Sender.UNKNOWN) {
          return sender;
        }
      }
      at += Frame.HEADER_LENGTH + length;
    }
    return Sender.UNKNOWN;
  }

  private static Verdict judge(ByteBuf data, int at) {
    int length = data.getUnsignedMedium(at);
    int type = data.getUnsignedByte(at + 3);
    int flags = data.getUnsignedByte(at + 4);
    int streamId = data.getInt(at + 5);
    if (!Frame.isLikely(length, type, flags, streamId) || streamId >= HIGHEST_STREAM_ID) {
      return Verdict.IMPOSSIBLE;
    }
    int payload = at + Frame.HEADER_LENGTH;
    boolean whole = payload + length <= data.writerIndex();
    return switch (type) {
      case Frame.HEADERS -> judgeHeaders(data, at, flags, streamId);
      case Frame.PING -> Verdict.CERTAIN;
      case Frame.SETTINGS ->
          length == 0 || whole && data.getUnsignedShort(payload) - 1 < HIGHEST_SETTING
              ? Verdict.CERTAIN
              : Verdict.IMPOSSIBLE;
      case Frame.WINDOW_UPDATE -> certainIf(whole && data.getInt(payload) > 0);
      case Frame.RST_STREAM -> certainIf(whole && isError(data.getInt(payload)));
      case Frame.GOAWAY -> certainIf(whole && isError(data.getInt(payload + 4)));
      default -> Verdict.POSSIBLE;
    };
  }

  private static Verdict certainIf(boolean right) {
    return right ? Verdict.CERTAIN : Verdict.IMPOSSIBLE;
  }

  private static boolean isError(int code) {
    return code >= 0 && code <= HIGHEST_ERROR;
  }

  private static Verdict judgeHeaders(ByteBuf data, int at, int flags, int streamId) {
    BlockOutline block = blockAt(data, at);
    if (!block.isLikely()) {
      return Verdict.IMPOSSIBLE;
    }
    return Frame.hasFlag(flags, Frame.END_HEADERS) && (streamId & 1) == 1
        ? Verdict.CERTAIN
        : Verdict.POSSIBLE;
  }

  private static BlockOutline blockAt(ByteBuf data, int at) {
    int length = data.getUnsignedMedium(at);
    int flags = data.getUnsignedByte(at + 4);
    int payload = at + Frame.HEADER_LENGTH;
    int padding =
        Frame.hasFlag(flags, Frame.PADDED) && payload < data.writerIndex()
            ? data.getUnsignedByte(payload)
            : 0;
    int from = payload + Frame.fixedLength(Frame.HEADERS, flags);
    int to = payload + length - padding;
    boolean whole = Frame.hasFlag(flags, Frame.END_HEADERS) && to <= data.writerIndex();
    return new BlockOutline(data, from, Math.min(to, data.writerIndex()), whole);
  }
}
