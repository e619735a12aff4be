// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import static io.wirespan.protocol.http1.MessageCase.wire;
import static io.wirespan.protocol.http1.PlainMessages.GET;
import static io.wirespan.protocol.http1.PlainMessages.OK;

import java.util.stream.Stream;

/** Start lines and fields: what a head may look like. */
final class HeadCases {
  private HeadCases() {}

  static Stream<MessageCase> cases() {
    return Stream.of(
        new MessageCase("plain", () -> wire().up(GET).down(OK), "GET / -> 200"),
        new MessageCase(
            "keep-alive",
            () -> wire().up(GET).down(OK).up("HEAD /2 HTTP/1.1\r\n\r\n").down(OK),
            "GET / -> 200",
            "HEAD /2 -> 200"),
        new MessageCase(
            "pipelining",
            () ->
                wire()
                    .up(GET + "PUT /2 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx" + GET)
                    .down(OK + "HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno" + OK),
            "GET / -> 200",
            "PUT /2 -> 500",
            "GET / -> 200"),
        new MessageCase(
            "bare LF, and empty lines before",
            () ->
                wire()
                    .up("\r\n\n\r\nGET /lf HTTP/1.1\nHost: a\n\n")
                    .down("\n\nHTTP/1.1 204 None\n\n"),
            "GET /lf -> 204"),
        new MessageCase(
            "no header",
            () -> wire().up("GET / HTTP/1.0\r\n\r\n").down("HTTP/1.0 304\r\n\r\n"),
            "GET / -> 304"),
        new MessageCase(
            "no reason phrase",
            () ->
                wire()
                    .up(GET + GET)
                    .down("HTTP/1.1 204 \r\n\r\nHTTP/1.1 200\r\nContent-Length:0 \r\n\r\n"),
            "GET / -> 204",
            "GET / -> 200"),
        new MessageCase(
            "lower case and unknown methods",
            () ->
                wire()
                    .up("get /l HTTP/1.1\r\n\r\n")
                    .down(OK)
                    .up("X-$!~ /u HTTP/1.1\r\n\r\n")
                    .down(OK),
            "get /l -> 200",
            "X-$!~ /u -> 200"),
        new MessageCase(
            "spaces in the target",
            () -> wire().up("GET /a b  c HTTP/1.1\r\n\r\n").down(OK),
            "GET /a b  c -> 200"),
        new MessageCase(
            "versions that do not exist, and no target",
            () ->
                wire()
                    .up("GET /a HTTP/1.0.8 \r\n\r\nGET HTTP/1.1\r\n\r\nGET /c HTTP/2\r\n\r\n")
                    .down(
                        "HTTP/0.9 200\r\nContent-Length: 0\r\n\r\n" + OK + "HTTP/2.0 204\r\n\r\n"),
            "GET /a -> 200",
            "GET  -> 200",
            "GET /c -> 204"),
        new MessageCase(
            "a target in asterisk-form",
            () -> wire().up("OPTIONS * HTTP/1.1\r\n\r\n").down(OK),
            "OPTIONS * -> 200"),
        new MessageCase(
            "a folded coding, a blank before a colon, a line without one",
            () ->
                wire()
                    .up(
                        "POST / HTTP/1.1\r\n"
                            + " skipped: 1\r\n"
                            + "Transfer-Encoding \t:\r\n"
                            + "\t chunked\r\n"
                            + "nonsense\r\n\r\n"
                            + "0\r\n\r\n"
                            + GET)
                    .down(OK + OK),
            "POST / -> 200",
            "GET / -> 200"),
        new MessageCase(
            "UTF-8 and other bytes in targets",
            () ->
                wire()
                    .up("GET /\u00c3\u00a4 HTTP/1.1\r\n\r\n")
                    .down(OK)
                    .up("GET /\u00e4 HTTP/1.1\r\n\r\n")
                    .down(OK),
            "GET /ä -> 200",
            "GET /ä -> 200"));
  }
}
