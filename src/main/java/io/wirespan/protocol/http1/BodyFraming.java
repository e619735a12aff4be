// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

/** How the end of a message's content is found: RFC 9112, section 6.3. */
enum BodyFraming {
  /** The message ends with its head. */
  NONE,
  /** A 1xx response: the final response to the same request follows. */
  INTERIM,
  LENGTH,
  CHUNKED,
  UNTIL_CLOSE,
  /** Not HTTP from here on: a 101 response, or a 2xx one to CONNECT. */
  TUNNEL,
  /** Contradictory lengths, or a coding without an end: cannot be found. */
  INVALID;

  /** Of a request, by its own fields alone. */
  static BodyFraming ofRequest(FieldSection fields) {
    if (fields.coded()) {
      return fields.chunked() ? CHUNKED : INVALID;
    }
    return fields.contentLength() == FieldSection.ABSENT ? NONE : ofLength(fields);
  }

  /**
   * Of a response.
   *
   * @param method of its request; empty if not known
   */
  static BodyFraming ofResponse(HeadParser head, String method) {
    int status = head.status();
    if (status < 200) {
      return status == 101 ? TUNNEL : INTERIM;
    }
    if (method.equals("HEAD") || status == 204 || status == 304) {
      return NONE;
    }
    if (status < 300 && method.equals("CONNECT")) {
      return TUNNEL;
    }
    FieldSection fields = head.fields();
    // 205 must not have content (RFC 9110, section 15.3.6), but its framing is the usual one.
    if (fields.coded()) {
      return fields.chunked() ? CHUNKED : UNTIL_CLOSE;
    }
    return fields.contentLength() == FieldSection.ABSENT ? UNTIL_CLOSE : ofLength(fields);
  }

  private static BodyFraming ofLength(FieldSection fields) {
    if (fields.contentLength() == FieldSection.INVALID_LENGTH) {
      return INVALID;
    }
    return fields.contentLength() == 0 ? NONE : LENGTH;
  }
}
