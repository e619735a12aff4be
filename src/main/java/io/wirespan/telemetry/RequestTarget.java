// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Request;
import io.wirespan.tcp.Endpoint;

/**
 * The parts of a request target (RFC 9112, section 3.2) and of the authority, without secrets.
 *
 * @param sent the whole target as sent, but for user information
 * @param text the same without the query's secrets
 * @param authority host and port as sent, but for user information; may be empty
 * @param path empty for the authority-form of CONNECT
 * @param query without its question mark; may be empty
 * @param host the authority's host, without brackets; the server's address if there is none
 * @param port the authority's port; the server's if there is none
 */
record RequestTarget(
    String sent,
    String text,
    String authority,
    String scheme,
    String path,
    String query,
    String host,
    int port) {
  static RequestTarget of(Exchange exchange) {
    return of(exchange, Authority.of(exchange));
  }

  /**
   * @param authority the request's
   */
  static RequestTarget of(Exchange exchange, Authority authority) {
    Request request = exchange.request();
    String target = request.target();
    String scheme = "http";
    int pathStart = 0;
    int schemeEnd = schemeEnd(target);
    if (schemeEnd > 0) {
      scheme = WireText.visible(target.substring(0, schemeEnd));
      target =
          target.substring(0, schemeEnd + 3)
              + Authority.withoutUser(target.substring(schemeEnd + 3));
      pathStart = Authority.end(target, schemeEnd + 3);
    } else if (request.method().equals("CONNECT")) {
      pathStart = target.length();
    }
    int question = target.indexOf('?', pathStart);
    int pathEnd = question < 0 ? target.length() : question;
    String path = target.substring(pathStart, pathEnd);
    path = schemeEnd > 0 && path.isEmpty() ? "/" : path;
    if (question < 0) {
      return new RequestTarget(
          target, target, authority.text(), scheme, path, "", authority.host(), authority.port());
    }
    String query = target.substring(question + 1);
    String redacted = QueryRedaction.redact(query);
    String text = redacted.equals(query) ? target : target.substring(0, question + 1) + redacted;
    return new RequestTarget(
        target, text, authority.text(), scheme, path, redacted, authority.host(), authority.port());
  }

  /** The absolute URL that the client asked for. */
  String url(Endpoint server) {
    String from = authority.isEmpty() ? server.toString() : authority;
    String tail = query.isEmpty() ? path : path + '?' + query;
    return WireText.visible(scheme + "://" + from + tail);
  }

  /** Length of the scheme of an absolute-form target; 0 if it has another form. */
  private static int schemeEnd(String target) {
    if (target.isEmpty() || target.charAt(0) == '/') {
      return 0;
    }
    int colon = target.indexOf("://");
    return colon > 0 && Authority.end(target, 0) > colon ? colon : 0;
  }
}
