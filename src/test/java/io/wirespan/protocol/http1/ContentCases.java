// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import static io.wirespan.protocol.http1.MessageCase.wire;
import static io.wirespan.protocol.http1.PlainMessages.GET;
import static io.wirespan.protocol.http1.PlainMessages.OK;

import io.wirespan.tcp.CloseReason;
import java.util.stream.Stream;

/**
 * Where a message's content ends, by its length, its chunks, its kind or the connection's close.
 */
final class ContentCases {
  private ContentCases() {}

  static Stream<MessageCase> cases() {
    return Stream.of(
        new MessageCase(
            "content of both",
            () ->
                wire()
                    .up("POST /a?b=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
                    .down("HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nGET "),
            "POST /a?b=1 -> 201"),
        new MessageCase(
            "chunked, with extensions, trailers and bare LF",
            () ->
                wire()
                    .up(
                        "POST / HTTP/1.1\r\n"
                            + "Transfer-Encoding: gzip, Chunked\r\n\r\n"
                            + "a;x=\"y\"\r\n"
                            + "0123456789\r\n"
                            + "00B \r\n"
                            + "GET / HTTP/\r\n"
                            + "1\n"
                            + "x\n"
                            + "0;last\r\n"
                            + "T: 1\r\n"
                            + "U: 2\r\n\r\n"
                            + GET)
                    .down(OK + OK),
            "POST / -> 200",
            "GET / -> 200"),
        new MessageCase(
            "chunked overrides a length",
            () ->
                wire()
                    .up(GET)
                    .down(
                        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "2\r\nhi\r\n0\r\n\r\n")
                    .up(GET)
                    .down(OK),
            "GET / -> 200",
            "GET / -> 200"),
        new MessageCase(
            "equal lengths, repeated and in a list",
            () ->
                wire()
                    .up(
                        "POST / HTTP/1.1\r\nContent-Length: 2, 02\r\ncontent-length:2\r\n\r\nhi"
                            + GET)
                    .down(OK + OK),
            "POST / -> 200",
            "GET / -> 200"),
        new MessageCase(
            "lengths that differ",
            () ->
                wire()
                    .up("POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n")
                    .down(OK),
            "POST / -> 200 parse-error"),
        new MessageCase(
            "a length that is no number",
            () -> wire().up(GET).down("HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc").finish(),
            "GET / -> 200 parse-error"),
        new MessageCase(
            "an overlong length",
            () ->
                wire()
                    .up(GET)
                    .down("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabc")
                    .finish(),
            "GET / -> 200 parse-error"),
        new MessageCase(
            "an overlong chunk size",
            () ->
                wire()
                    .up(GET)
                    .down(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "8000000000000000F\r\n")
                    .finish(),
            "GET / -> 200 parse-error"),
        new MessageCase(
            "identity is no coding",
            () ->
                wire()
                    .up(GET)
                    .down(
                        "HTTP/1.1 200 OK\r\n"
                            + "Transfer-Encoding: identity\r\n"
                            + "Content-Length: 1\r\n\r\n"
                            + "x")
                    .up(GET)
                    .down(OK),
            "GET / -> 200",
            "GET / -> 200"),
        new MessageCase(
            "a request coded without an end",
            () -> wire().up("POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n").down(OK),
            "POST / -> 200 parse-error"),
        new MessageCase(
            "HEAD, 204 and 304 with lengths",
            () ->
                wire()
                    .up("HEAD / HTTP/1.1\r\n\r\n" + GET + GET + GET)
                    .down(
                        "HTTP/1.1 200 OK\r\n"
                            + "Content-Length: 10\r\n\r\n"
                            + "HTTP/1.1 204 No\r\n"
                            + "Content-Length: 10\r\n\r\n"
                            + "HTTP/1.1 304 No\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n"
                            + OK),
            "HEAD / -> 200",
            "GET / -> 204",
            "GET / -> 304",
            "GET / -> 200"),
        new MessageCase(
            "205 with content",
            () ->
                wire()
                    .up(GET)
                    .down("HTTP/1.1 205 Reset\r\nContent-Length: 1\r\n\r\nx")
                    .up(GET)
                    .down(OK),
            "GET / -> 205",
            "GET / -> 200"),
        new MessageCase(
            "content until the close",
            () -> wire().up(GET).down("HTTP/1.0 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n").finish(),
            "GET / -> 200"),
        new MessageCase(
            "content until the close, reset",
            () -> wire().up(GET).down("HTTP/1.0 200 OK\r\n\r\nabc").close(CloseReason.RESET),
            "GET / -> 200 reset"),
        new MessageCase(
            "content until the close, still open",
            () -> wire().up(GET).down("HTTP/1.0 200 OK\r\n\r\nabc"),
            "GET / -> 200 still-open"));
  }
}
