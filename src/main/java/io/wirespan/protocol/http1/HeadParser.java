// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import io.wirespan.protocol.StartLine;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * Reads a message head (RFC 9112, sections 2 to 5) from bytes, leniently. One instance serves all
 * connections; what it read is valid until it parses again.
 */
final class HeadParser {
  /** {@link #parse}: the head goes on beyond the bytes given. */
  static final int INCOMPLETE = 0;

  /** {@link #parse}: the first line is no start line. */
  static final int INVALID = -1;

  private static final String PROTOCOL = "HTTP/";
  private static final int VERSION_LENGTH = "HTTP/1.1".length();
  private static final long USUAL_VERSION =
      Bytes.longAt("HTTP/1.1".getBytes(StandardCharsets.US_ASCII), 0);
  private static final int STATUS_LINE_LENGTH = "HTTP/1.1 200".length();
  private static final String[] COMMON_METHODS = {
    "GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "CONNECT"
  };

  private final boolean requests;
  private final TextCache texts;
  private final FieldSection fields;

  private String method = "";
  private String target = "";
  private String authority = "";
  private int minorVersion;
  private int status;
  private String reason = "";

  /**
   * @param requests whether to read request heads; else response heads
   * @param keep names of the fields to keep, in lower case
   */
  HeadParser(boolean requests, Set<String> keep, TextCache texts) {
    this.requests = requests;
    this.fields = new FieldSection(keep, texts);
    this.texts = texts;
  }

  /**
   * Reads a head that begins at index 0. Folded lines (RFC 9112, section 5.2) are unfolded in
   * place: the bytes may change.
   *
   * @return the head's length with the empty line that ends it, {@link #INCOMPLETE} or {@link
   *     #INVALID}
   */
  int parse(byte[] bytes, int length) {
    reset();
    int lineFeed = Bytes.indexOfLineFeed(bytes, 0, length);
    if (lineFeed < 0) {
      return INCOMPLETE;
    }
    if (!startLine(bytes, Bytes.lineEnd(bytes, 0, lineFeed))) {
      return INVALID;
    }
    return fields.parse(bytes, lineFeed + 1, length);
  }

  /**
   * Reads what there is of a head that will not become whole: a start line that may be cut, and the
   * fields of whole lines.
   *
   * @return whether the method, or the status, is known
   */
  boolean parsePart(byte[] bytes, int length) {
    reset();
    int lineFeed = Bytes.indexOfLineFeed(bytes, 0, length);
    if (lineFeed < 0) {
      return requests ? requestLinePart(bytes, length) : statusLinePart(bytes, length);
    }
    if (!startLine(bytes, Bytes.lineEnd(bytes, 0, lineFeed))) {
      return false;
    }
    fields.parsePart(bytes, lineFeed + 1, length);
    return true;
  }

  /**
   * Whether bytes without a line end can still become a start line.
   *
   * @param from bytes before it have been judged before
   */
  boolean canBecomeStartLine(byte[] bytes, int from, int length) {
    if (!requests) {
      int known = Math.min(length, PROTOCOL.length());
      return Bytes.equal(bytes, 0, known, PROTOCOL.substring(0, known))
          && !hasControls(bytes, from, length, true);
    }
    int space = endOfMethod(bytes, length);
    return space == length && length <= StartLine.LONGEST_METHOD
        || space > 0
            && space < length
            && bytes[space] == ' '
            && !hasControls(bytes, Math.max(from, space), length, true);
  }

  private void reset() {
    fields.reset();
    method = "";
    target = "";
    authority = "";
    minorVersion = 1;
    status = 0;
    reason = "";
  }

  private boolean startLine(byte[] bytes, int end) {
    return requests ? requestLine(bytes, end) : statusLine(bytes, end);
  }

  /**
   * Spaces in the target are not valid but are sent: the last one before the version decides. A
   * target that was forgotten is an empty one.
   */
  private boolean requestLine(byte[] bytes, int lineEnd) {
    int space = endOfMethod(bytes, lineEnd);
    int end = Bytes.trimBlanks(bytes, 0, lineEnd);
    int version = lastWord(bytes, space, end);
    if (space == 0 || version == space || bytes[space] != ' ' || !isVersion(bytes, version, end)) {
      return false;
    }
    int from = Bytes.skipBlanks(bytes, space, version);
    int to = Bytes.trimBlanks(bytes, from, version);
    if (hasControls(bytes, from, to, false) || Bytes.equal(bytes, 0, space, "PRI")) {
      // The latter begins HTTP/2 (RFC 9113, section 3.4).
      return false;
    }
    minorVersion = minorVersion(bytes, version, end);
    takeTarget(bytes, space, from, to);
    return true;
  }

  private static int lastWord(byte[] bytes, int from, int to) {
    // A version need not be looked at byte by byte if it is the usual one.
    int start = to - from > VERSION_LENGTH && isUsualVersion(bytes, to) ? to - VERSION_LENGTH : to;
    while (start > from && bytes[start - 1] != ' ') {
      start--;
    }
    return start;
  }

  private boolean requestLinePart(byte[] bytes, int length) {
    int space = endOfMethod(bytes, length);
    if (space == 0 || space >= length || bytes[space] != ' ') {
      return false;
    }
    int from = Bytes.skipBlanks(bytes, space, length);
    int to = bytes[length - 1] == '\r' ? length - 1 : length;
    int last = to;
    while (last > from && bytes[last - 1] != ' ') {
      last--;
    }
    int cut = Math.min(to - last, VERSION_LENGTH - 1);
    if (last > from && Bytes.equal(bytes, last, last + cut, "HTTP/1.".substring(0, cut))) {
      to = Bytes.trimBlanks(bytes, from, last);
    }
    takeTarget(bytes, space, from, to);
    return true;
  }

  private void takeTarget(byte[] bytes, int methodEnd, int from, int to) {
    method = method(bytes, methodEnd);
    target = texts.text(bytes, from, to);
    authority = authorityOf(bytes, from, to);
  }

  private String method(byte[] bytes, int end) {
    for (String common : COMMON_METHODS) {
      if (Bytes.equal(bytes, 0, end, common)) {
        return common;
      }
    }
    return texts.text(bytes, 0, end);
  }

  /** Of a target in absolute-form (RFC 9112, section 3.2.2), without user information. */
  private String authorityOf(byte[] bytes, int from, int to) {
    if (to - from < "http://".length() || bytes[from] == '/') {
      return "";
    }
    int scheme = from;
    while (scheme < to && bytes[scheme] != ':' && bytes[scheme] != '/') {
      scheme++;
    }
    if (scheme + 2 >= to || bytes[scheme + 1] != '/' || bytes[scheme + 2] != '/') {
      return "";
    }
    int start = scheme + 3;
    int end = start;
    for (; end < to && bytes[end] != '/' && bytes[end] != '?' && bytes[end] != '#'; end++) {
      if (bytes[end] == '@') {
        start = end + 1;
      }
    }
    return texts.text(bytes, start, end);
  }

  private boolean statusLine(byte[] bytes, int lineEnd) {
    int version = 0;
    while (version < lineEnd && !Bytes.isBlank(bytes[version])) {
      version++;
    }
    int at = Bytes.skipBlanks(bytes, version, lineEnd);
    if (at == version || at + 3 > lineEnd || !isVersion(bytes, 0, version)) {
      return false;
    }
    int code = 0;
    for (int i = at; i < at + 3; i++) {
      if (!Bytes.isDigit(bytes[i])) {
        return false;
      }
      code = 10 * code + bytes[i] - '0';
    }
    int end = at + 3;
    if (code < 100
        || end < lineEnd && !Bytes.isBlank(bytes[end])
        || hasControls(bytes, end, lineEnd, false)) {
      return false;
    }
    status = code;
    minorVersion = minorVersion(bytes, 0, version);
    int from = Bytes.skipBlanks(bytes, end, lineEnd);
    reason = texts.text(bytes, from, Bytes.trimBlanks(bytes, from, lineEnd));
    return true;
  }

  private boolean statusLinePart(byte[] bytes, int length) {
    // A fourth byte shows that the code has ended.
    return length > STATUS_LINE_LENGTH
        && statusLine(bytes, bytes[length - 1] == '\r' ? length - 1 : length);
  }

  private static int endOfMethod(byte[] bytes, int length) {
    int limit = Math.min(length, StartLine.LONGEST_METHOD);
    int index = 0;
    while (index < limit && StartLine.isTokenByte(bytes[index])) {
      index++;
    }
    return index;
  }

  /**
   * Any version will do: there are programs that call HTTP/1 by other numbers, or append a build
   * number, and what they send is read all the same.
   */
  private static boolean isVersion(byte[] bytes, int from, int to) {
    if (to - from == VERSION_LENGTH && isUsualVersion(bytes, to)) {
      return true;
    }
    int number = from + PROTOCOL.length();
    if (number >= to || !Bytes.equal(bytes, from, number, PROTOCOL)) {
      return false;
    }
    for (int i = number; i < to; i++) {
      if (!Bytes.isDigit(bytes[i]) && (bytes[i] != '.' || i == number)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isUsualVersion(byte[] bytes, int end) {
    return Bytes.longAt(bytes, end - VERSION_LENGTH) == USUAL_VERSION;
  }

  private static int minorVersion(byte[] bytes, int from, int to) {
    boolean usual = to - from == VERSION_LENGTH && bytes[to - 2] == '.';
    return usual ? bytes[to - 1] - '0' : 1;
  }

  private static boolean hasControls(byte[] bytes, int from, int to, boolean crAllowed) {
    for (int i = from; i < to; i++) {
      byte b = bytes[i];
      if (b >= 0 && b < ' ' && b != '\t' && !(crAllowed && b == '\r') || b == 0x7f) {
        return true;
      }
    }
    return false;
  }

  /** Empty if no method is known. */
  String method() {
    return method;
  }

  String target() {
    return target;
  }

  /** What the request is for: of an absolute-form target, the Host field, or CONNECT's target. */
  String host() {
    if (!authority.isEmpty()) {
      return authority;
    }
    return !fields.hostSeen() && method.equals("CONNECT") ? target : fields.host();
  }

  /** The y of HTTP/1.y. */
  int minorVersion() {
    return minorVersion;
  }

  int status() {
    return status;
  }

  String reason() {
    return reason;
  }

  FieldSection fields() {
    return fields;
  }
}
