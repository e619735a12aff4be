// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Tells what begins at a buffer's reader index, from as few bytes as possible. Indices are left as
 * they were.
 */
public final class StartLine {
  /** What begins here. */
  public enum Kind {
    REQUEST,
    RESPONSE,
    HTTP2_PREFACE,
    /** More bytes are needed. */
    UNDECIDED,
    OTHER
  }

  /** No registered method comes near; bounds how long a token may keep a decoder waiting. */
  public static final int LONGEST_METHOD = 32;

  /** The first line of RFC 9113, section 3.4, and the line end that follows it. */
  private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n".getBytes(US_ASCII);

  private static final byte[] VERSION = "HTTP/".getBytes(US_ASCII);
  private static final int STATUS_LINE = "HTTP/1.1 200".length();
  private static final int LONGEST_LINE = 8192;

  /** Methods of the IANA registry, and a few that are seen without being in it. */
  private static final byte[][] METHODS =
      bytes(
          "GET POST HEAD PUT DELETE OPTIONS PATCH CONNECT TRACE PROPFIND PROPPATCH MKCOL COPY MOVE"
              + " LOCK UNLOCK SEARCH REPORT MERGE NOTIFY SUBSCRIBE UNSUBSCRIBE M-SEARCH PURGE"
              + " MKCALENDAR MKACTIVITY CHECKOUT CHECKIN BIND REBIND UNBIND LINK UNLINK ACL QUERY"
              + " LABEL UPDATE BAN");

  private static final boolean[] TOKEN = new boolean[256];

  static {
    // RFC 9110, section 5.6.2: tchar.
    for (int c = '!'; c <= '~'; c++) {
      TOKEN[c] = "\"(),/:;<=>?@[\\]{}".indexOf(c) < 0;
    }
  }

  private StartLine() {}

  /** Whether a byte may stand in a method or field name. */
  public static boolean isTokenByte(byte b) {
    return TOKEN[b & 0xff];
  }

  /**
   * Judges bytes that are known to be where a stream or a message begins: all that could become a
   * request line counts as one. Never contradicts itself when more bytes come.
   */
  public static Kind ofStreamStart(ByteBuf data) {
    int from = skipLineEnds(data);
    int length = data.writerIndex() - from;
    if (length == 0) {
      return Kind.UNDECIDED;
    }
    if (matches(data, from, PREFACE)) {
      return length >= PREFACE.length ? Kind.HTTP2_PREFACE : Kind.UNDECIDED;
    }
    if (matches(data, from, VERSION)) {
      return length >= VERSION.length ? Kind.RESPONSE : Kind.UNDECIDED;
    }
    int space = endOfToken(data, from);
    if (space < data.writerIndex()) {
      return space > from && data.getByte(space) == ' ' ? Kind.REQUEST : Kind.OTHER;
    }
    return length <= LONGEST_METHOD ? Kind.UNDECIDED : Kind.OTHER;
  }

  /**
   * Judges bytes from anywhere in a stream, so that text in a body is hardly ever taken for a
   * message: a request line must be whole, or its method registered. Never {@link Kind#UNDECIDED}.
   */
  public static Kind ofSegment(ByteBuf data) {
    int from = skipLineEnds(data);
    if (data.writerIndex() - from >= PREFACE.length && matches(data, from, PREFACE)) {
      return Kind.HTTP2_PREFACE;
    }
    if (isStatusLine(data, from)) {
      return Kind.RESPONSE;
    }
    return isRequestLine(data, from) ? Kind.REQUEST : Kind.OTHER;
  }

  /** As {@link #ofSegment}, of bytes that may be what a loss has left of a line. */
  public static Kind ofFragment(ByteBuf data) {
    Kind kind = ofSegment(data);
    int from = skipLineEnds(data);
    boolean cut = kind == Kind.REQUEST && endsRegistered(data, from, endOfToken(data, from));
    return cut ? Kind.OTHER : kind;
  }

  /** Whether a message of this kind, REQUEST or RESPONSE, may begin here. */
  public static boolean mayBegin(Kind kind, ByteBuf data) {
    int from = skipLineEnds(data);
    if (kind == Kind.RESPONSE) {
      return from < data.writerIndex() && matches(data, from, VERSION);
    }
    Kind found = ofStreamStart(data);
    return found == Kind.REQUEST || found == Kind.UNDECIDED;
  }

  /**
   * Judges bytes that are either content or, if the client did not send that, the next request.
   * {@link Kind#REQUEST}, {@link Kind#UNDECIDED} or {@link Kind#OTHER}.
   */
  public static Kind ofContentOrRequest(ByteBuf data) {
    int from = data.readerIndex();
    int end = data.writerIndex();
    for (byte[] method : METHODS) {
      if (matches(data, from, method)) {
        int space = from + method.length;
        if (space + 1 < end) {
          if (data.getByte(space) == ' ' && beginsTarget(data.getByte(space + 1))) {
            return Kind.REQUEST;
          }
        } else if (space >= end || data.getByte(space) == ' ') {
          return Kind.UNDECIDED;
        }
      }
    }
    return Kind.OTHER;
  }

  /** Whether a TLS record begins here (RFC 8446, section 5.1). */
  public static boolean isTls(ByteBuf data) {
    int from = data.readerIndex();
    if (data.readableBytes() < 5) {
      return false;
    }
    int type = data.getByte(from);
    int length = data.getUnsignedShort(from + 3);
    return type >= 20
        && type <= 24
        && data.getByte(from + 1) == 3
        && data.getByte(from + 2) >= 0
        && data.getByte(from + 2) <= 4
        && length > 0
        && length <= (1 << 14) + 2048;
  }

  private static boolean isStatusLine(ByteBuf data, int from) {
    return data.writerIndex() - from >= STATUS_LINE
        && matches(data, from, VERSION)
        && isDigit(data.getByte(from + 5))
        && data.getByte(from + 6) == '.'
        && isDigit(data.getByte(from + 7))
        && data.getByte(from + 8) == ' '
        && isDigit(data.getByte(from + 9))
        && isDigit(data.getByte(from + 10))
        && isDigit(data.getByte(from + 11));
  }

  private static boolean isRequestLine(ByteBuf data, int from) {
    int space = endOfToken(data, from);
    int end = Math.min(data.writerIndex(), from + LONGEST_LINE);
    if (space == from || space + 1 >= end || data.getByte(space) != ' ') {
      return false;
    }
    int lineEnd = data.indexOf(space, end, (byte) '\n');
    if (lineEnd < 0) {
      return beginsTarget(data.getByte(space + 1)) && isRegistered(data, from, space);
    }
    if (data.getByte(lineEnd - 1) == '\r') {
      lineEnd--;
    }
    int version = lineEnd - "HTTP/1.1".length();
    return version > space + 1
        && matches(data, version, VERSION)
        && isDigit(data.getByte(version + 5))
        && data.getByte(version - 1) == ' ';
  }

  private static boolean isRegistered(ByteBuf data, int from, int to) {
    for (byte[] method : METHODS) {
      if (method.length == to - from && matches(data, from, method)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a registered method ends like this, having begun before: "ET" of "GET". */
  private static boolean endsRegistered(ByteBuf data, int from, int to) {
    boolean ends = false;
    for (byte[] method : METHODS) {
      int cut = method.length - (to - from);
      if (cut == 0 && matches(data, from, method)) {
        return false;
      }
      ends |= cut > 0 && matches(data, from, Arrays.copyOfRange(method, cut, method.length));
    }
    return ends;
  }

  /** Origin-form, asterisk-form, or the start of {@code http}; not authority-form. */
  private static boolean beginsTarget(byte b) {
    return b == '/' || b == '*' || b == 'h';
  }

  /** RFC 9112, section 2.2: empty lines before a request line are to be ignored. */
  private static int skipLineEnds(ByteBuf data) {
    int from = data.readerIndex();
    while (from < data.writerIndex()
        && (data.getByte(from) == '\r' || data.getByte(from) == '\n')) {
      from++;
    }
    return from;
  }

  /** Index after the token that begins at {@code from}, at most the longest method further on. */
  private static int endOfToken(ByteBuf data, int from) {
    int limit = Math.min(data.writerIndex(), from + LONGEST_METHOD);
    int index = from;
    while (index < limit && isTokenByte(data.getByte(index))) {
      index++;
    }
    return index;
  }

  /** Whether the bytes there are equal, as far as there are any. */
  private static boolean matches(ByteBuf data, int from, byte[] expected) {
    int length = Math.min(expected.length, data.writerIndex() - from);
    for (int i = 0; i < length; i++) {
      if (data.getByte(from + i) != expected[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  private static byte[][] bytes(String names) {
    String[] parts = names.split(" ");
    byte[][] all = new byte[parts.length][];
    for (int i = 0; i < parts.length; i++) {
      all[i] = parts[i].getBytes(US_ASCII);
    }
    return all;
  }
}
