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
  private static final String REDACTED_USER = "REDACTED:REDACTED@";

  static RequestTarget of(Exchange exchange) {
    Request request = exchange.request();
    String target = request.target();
    String scheme = "http";
    int pathStart = 0;
    int schemeEnd = schemeEnd(target);
    if (schemeEnd > 0) {
      scheme = WireText.visible(target.substring(0, schemeEnd));
      target = target.substring(0, schemeEnd + 3) + withoutUser(target.substring(schemeEnd + 3));
      pathStart = authorityEnd(target, schemeEnd + 3);
    } else if (request.method().equals("CONNECT")) {
      pathStart = target.length();
    }
    int question = target.indexOf('?', pathStart);
    int pathEnd = question < 0 ? target.length() : question;
    String path = target.substring(pathStart, pathEnd);
    String query = question < 0 ? "" : target.substring(question + 1);
    String redacted = QueryRedaction.redact(query);
    String text = redacted.equals(query) ? target : target.substring(0, question + 1) + redacted;
    String authority = withoutUser(request.host());
    Endpoint server = exchange.flow().server();
    return new RequestTarget(
        target,
        text,
        authority,
        scheme,
        schemeEnd > 0 && path.isEmpty() ? "/" : path,
        redacted,
        host(authority, server),
        port(authority, server));
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
    return colon > 0 && authorityEnd(target, 0) > colon ? colon : 0;
  }

  private static int authorityEnd(String text, int from) {
    int at = from;
    while (at < text.length() && "/?#".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return at;
  }

  /** {@code text}, which begins with an authority, with the authority's user information hidden. */
  private static String withoutUser(String text) {
    if (text.indexOf('@') < 0) {
      return text;
    }
    int at = text.lastIndexOf('@', authorityEnd(text, 0));
    return at < 0 ? text : REDACTED_USER + text.substring(at + 1);
  }

  private static String host(String authority, Endpoint server) {
    int start = authority.lastIndexOf('@') + 1;
    int end = portColon(authority);
    if (authority.startsWith("[", start) && authority.indexOf(']', start) > 0) {
      start++;
      end = authority.indexOf(']', start);
    }
    return start >= end ? server.address() : WireText.visible(authority.substring(start, end));
  }

  private static int port(String authority, Endpoint server) {
    int port = 0;
    for (int i = portColon(authority) + 1; i < authority.length() && port <= 0xffff; i++) {
      int digit = authority.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return server.port();
      }
      port = port * 10 + digit;
    }
    return port == 0 || port > 0xffff ? server.port() : port;
  }

  /** Where the port's colon is; the length if there is none. A bare IPv6 address has no port. */
  private static int portColon(String authority) {
    int colon = authority.lastIndexOf(':');
    int hostStart = authority.lastIndexOf('@') + 1;
    boolean bracketed = authority.startsWith("[", hostStart);
    boolean separates =
        bracketed
            ? authority.startsWith("]:", colon - 1)
            : colon >= hostStart && authority.indexOf(':', hostStart) == colon;
    return separates ? colon : authority.length();
  }
}
