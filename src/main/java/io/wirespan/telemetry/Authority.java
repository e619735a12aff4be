// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.wirespan.protocol.Exchange;
import io.wirespan.tcp.Endpoint;

/**
 * What an authority (RFC 9110, section 4.2) says of the server.
 *
 * @param sent as sent
 * @param server the server's end of the connection
 * @param text as sent, but for user information; may be empty
 * @param host without brackets; the server's address if there is none
 * @param port the server's if there is none
 */
record Authority(String sent, Endpoint server, String text, String host, int port) {
  private static final String REDACTED_USER = "REDACTED:REDACTED@";

  static Authority of(Exchange exchange) {
    return of(exchange.request().host(), exchange.flow().server());
  }

  private static Authority of(String sent, Endpoint server) {
    String text = withoutUser(sent);
    return new Authority(sent, server, text, host(text, server), port(text, server));
  }

  /** Those of the last exchanges, so that not each has to be taken apart. For one thread. */
  static final class Cache {
    /** A power of two. */
    private static final int PLACES = 64;

    private final Authority[] places = new Authority[PLACES];

    Authority of(Exchange exchange) {
      String sent = exchange.request().host();
      Endpoint server = exchange.flow().server();
      int place = (sent.hashCode() * 31 + server.port()) & PLACES - 1;
      Authority known = places[place];
      if (known == null || !known.server.equals(server) || !known.sent.equals(sent)) {
        known = Authority.of(sent, server);
        places[place] = known;
      }
      return known;
    }
  }

  /** Where an authority that begins at an index ends. */
  static int end(String text, int from) {
    int at = from;
    while (at < text.length() && "/?#".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return at;
  }

  /** {@code text}, which begins with an authority, with the authority's user information hidden. */
  static String withoutUser(String text) {
    if (text.indexOf('@') < 0) {
      return text;
    }
    int at = text.lastIndexOf('@', end(text, 0));
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
