// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

/** Messages without content, for tests in which only their order or their target matters. */
final class PlainMessages {
  static final String GET = get("/");
  static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

  private PlainMessages() {}

  static String get(String target) {
    return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }

  static String ok(int status) {
    return "HTTP/1.1 " + status + " X\r\nContent-Length: 0\r\n\r\n";
  }
}
