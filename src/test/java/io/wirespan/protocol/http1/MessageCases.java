// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import io.wirespan.protocol.Wire;
import io.wirespan.tcp.CloseReason;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Messages of every kind, with what is to be made of them. */
final class MessageCases {
  private MessageCases() {}

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

  /**
   * @param wire made anew for each reading
   */
  record Case(String name, Supplier<Wire> wire, String... lines) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case("plain", () -> wire().up(GET).down(OK), "GET / -> 200"),
        new Case(
            "content of both",
            () ->
                wire()
                    .up("POST /a?b=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
                    .down("HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nGET "),
            "POST /a?b=1 -> 201"),
        new Case(
            "keep-alive",
            () -> wire().up(GET).down(OK).up("HEAD /2 HTTP/1.1\r\n\r\n").down(OK),
            "GET / -> 200",
            "HEAD /2 -> 200"),
        new Case(
            "pipelining",
            () ->
                wire()
                    .up(GET + "PUT /2 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx" + GET)
                    .down(OK + "HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno" + OK),
            "GET / -> 200",
            "PUT /2 -> 500",
            "GET / -> 200"),
        new Case(
            "bare LF, and empty lines before",
            () ->
                wire()
                    .up("\r\n\n\r\nGET /lf HTTP/1.1\nHost: a\n\n")
                    .down("\n\nHTTP/1.1 204 None\n\n"),
            "GET /lf -> 204"),
        new Case(
            "no header",
            () -> wire().up("GET / HTTP/1.0\r\n\r\n").down("HTTP/1.0 304\r\n\r\n"),
            "GET / -> 304"),
        new Case(
            "no reason phrase",
            () ->
                wire()
                    .up(GET + GET)
                    .down("HTTP/1.1 204 \r\n\r\nHTTP/1.1 200\r\nContent-Length:0 \r\n\r\n"),
            "GET / -> 204",
            "GET / -> 200"),
        new Case(
            "lower case and unknown methods",
            () ->
                wire()
                    .up("get /l HTTP/1.1\r\n\r\n")
                    .down(OK)
                    .up("X-$!~ /u HTTP/1.1\r\n\r\n")
                    .down(OK),
            "get /l -> 200",
            "X-$!~ /u -> 200"),
        new Case(
            "spaces in the target",
            () -> wire().up("GET /a b  c HTTP/1.1\r\n\r\n").down(OK),
            "GET /a b  c -> 200"),
        new Case(
            "versions that do not exist, and no target",
            () ->
                wire()
                    .up("GET /a HTTP/1.0.8 \r\n\r\nGET HTTP/1.1\r\n\r\nGET /c HTTP/2\r\n\r\n")
                    .down(
                        "HTTP/0.9 200\r\nContent-Length: 0\r\n\r\n" + OK + "HTTP/2.0 204\r\n\r\n"),
            "GET /a -> 200",
            "GET  -> 200",
            "GET /c -> 204"),
        new Case(
            "a target in asterisk-form",
            () -> wire().up("OPTIONS * HTTP/1.1\r\n\r\n").down(OK),
            "OPTIONS * -> 200"),
        new Case(
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
        new Case(
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
        new Case(
            "equal lengths, repeated and in a list",
            () ->
                wire()
                    .up(
                        "POST / HTTP/1.1\r\nContent-Length: 2, 02\r\ncontent-length:2\r\n\r\nhi"
                            + GET)
                    .down(OK + OK),
            "POST / -> 200",
            "GET / -> 200"),
        new Case(
            "lengths that differ",
            () ->
                wire()
                    .up("POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n")
                    .down(OK),
            "POST / -> 200 parse-error"),
        new Case(
            "a length that is no number",
            () -> wire().up(GET).down("HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc").finish(),
            "GET / -> 200 parse-error"),
        new Case(
            "an overlong length",
            () ->
                wire()
                    .up(GET)
                    .down("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabc")
                    .finish(),
            "GET / -> 200 parse-error"),
        new Case(
            "an overlong chunk size",
            () ->
                wire()
                    .up(GET)
                    .down(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "8000000000000000F\r\n")
                    .finish(),
            "GET / -> 200 parse-error"),
        new Case(
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
        new Case(
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
        new Case(
            "a request coded without an end",
            () -> wire().up("POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n").down(OK),
            "POST / -> 200 parse-error"),
        new Case(
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
        new Case(
            "205 with content",
            () ->
                wire()
                    .up(GET)
                    .down("HTTP/1.1 205 Reset\r\nContent-Length: 1\r\n\r\nx")
                    .up(GET)
                    .down(OK),
            "GET / -> 205",
            "GET / -> 200"),
        new Case(
            "content until the close",
            () -> wire().up(GET).down("HTTP/1.0 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n").finish(),
            "GET / -> 200"),
        new Case(
            "content until the close, reset",
            () -> wire().up(GET).down("HTTP/1.0 200 OK\r\n\r\nabc").close(CloseReason.RESET),
            "GET / -> 200 reset"),
        new Case(
            "content until the close, still open",
            () -> wire().up(GET).down("HTTP/1.0 200 OK\r\n\r\nabc"),
            "GET / -> 200 still-open"),
        new Case(
            "interim responses",
            () ->
                wire()
                    .up(GET)
                    .down("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 P\r\n\r\n" + OK)
                    .up(GET)
                    .down(OK),
            "GET / -> 200",
            "GET / -> 200"),
        new Case(
            "100-continue",
            () ->
                wire()
                    .up("PUT / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n")
                    .down("HTTP/1.1 100 Continue\r\n\r\n")
                    .up("GET")
                    .down(OK)
                    .up(GET)
                    .down(OK),
            "PUT / -> 200",
            "GET / -> 200"),
        new Case(
            "refused, and the content left out",
            () ->
                wire()
                    .up("PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 300\r\n\r\n")
                    .down("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")
                    .up("POST /2 HTTP/1.1\r\n\r\n")
                    .down(OK),
            "PUT / -> 417",
            "POST /2 -> 200"),
        new Case(
            "refused, and the content sent",
            () ->
                wire()
                    .up("PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n")
                    .down("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")
                    .up("GETxyz" + GET)
                    .down(OK),
            "PUT / -> 401",
            "GET / -> 200"),
        new Case(
            "refused, and content sent that ends like a method",
            () ->
                wire()
                    .up("PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
                    .down("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")
                    .up("GE")
                    .up(GET)
                    .down(OK),
            "PUT / -> 401",
            "GET / -> 200"),
        new Case(
            "refused, chunks sent",
            () ->
                wire()
                    .up(
                        "PUT / HTTP/1.1\r\n"
                            + "Expect: 100-continue\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n")
                    .down("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")
                    .up("B\r\n01234567890\r\n0\r\n\r\n" + GET)
                    .down(OK),
            "PUT / -> 401",
            "GET / -> 200"),
        new Case(
            "refused, closed without the content",
            () ->
                wire()
                    .up("PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n")
                    .down("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")
                    .finish(),
            "PUT / -> 417"),
        new Case(
            "an answer before the request is whole",
            () ->
                wire()
                    .up("POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc")
                    .down("HTTP/1.1 413 Big\r\nContent-Length: 0\r\n\r\n")
                    .up("def" + GET)
                    .down(OK),
            "POST / -> 413",
            "GET / -> 200"),
        new Case(
            "an answer to a request that never is whole",
            () ->
                wire()
                    .up("POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc")
                    .down("HTTP/1.1 413 Big\r\nContent-Length: 0\r\n\r\n")
                    .finish(),
            "POST / -> 413 aborted"),
        new Case(
            "WebSocket",
            () ->
                wire()
                    .up("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")
                    .down("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\u0081\u0005hello")
                    .up("\u0081\u0085hello")
                    .finish(),
            "GET /ws -> 101",
            "? -> ?"), // the record of the WebSocket connection
        new Case(
            "CONNECT",
            () ->
                wire()
                    .up("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")
                    .down("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")
                    .up("\u0016\u0003\u0001")
                    .finish(),
            "CONNECT a:443 -> 200",
            "? -> ?"), // the record of the tunnel
        new Case(
            "CONNECT refused",
            () ->
                wire()
                    .up("CONNECT a:443 HTTP/1.1\r\n\r\n")
                    .down("HTTP/1.1 407 Auth\r\nContent-Length: 3\r\n\r\nabc")
                    .up("CONNECT a:443 HTTP/1.1\r\n\r\n")
                    .down("HTTP/1.1 200 OK\r\n\r\n"),
            "CONNECT a:443 -> 407",
            "CONNECT a:443 -> 200",
            "? -> ? still-open"),
        new Case("no response", () -> wire().up(GET).finish(), "GET / -> ? no-response"),
        new Case("reset", () -> wire().up(GET).close(CloseReason.RESET), "GET / -> ? reset"),
        new Case("idle", () -> wire().up(GET).close(CloseReason.IDLE), "GET / -> ? evicted"),
        new Case("evicted", () -> wire().up(GET).close(CloseReason.EVICTED), "GET / -> ? evicted"),
        new Case(
            "reused", () -> wire().up(GET).close(CloseReason.REUSED), "GET / -> ? no-response"),
        new Case(
            "a response cut off",
            () -> wire().up(GET).down("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").finish(),
            "GET / -> 200 aborted"),
        new Case(
            "a response head cut off",
            () -> wire().up(GET).down("HTTP/1.1 200 OK\r\nContent-").finish(),
            "GET / -> 200 aborted"),
        new Case(
            "a request head cut off",
            () -> wire().up("GET /cut HTTP/1.").end(Wire.UP).close(CloseReason.FINISHED),
            "GET /cut -> ? aborted"),
        new Case(
            "a request head reset",
            () -> wire().up("GET /cut HTTP/1.1\r\nHo").close(CloseReason.RESET),
            "GET /cut -> ? reset"),
        new Case("a method cut off", () -> wire().up("GE").finish()),
        new Case(
            "binary behind a request",
            () -> wire().up(GET).down(OK).up("\u0000\u0001\u0002").finish(),
            "GET / -> 200"),
        new Case(
            "binary instead of a response",
            () -> wire().up(GET).down("\u0000\u0001\u0002").finish(),
            "GET / -> ? parse-error"),
        new Case(
            "a response to a client that has closed its side",
            () ->
                wire()
                    .up(GET)
                    .end(Wire.UP)
                    .down("HTTP/1.1 200 OK\r\n\r\nabc")
                    .end(Wire.DOWN)
                    .close(CloseReason.FINISHED),
            "GET / -> 200"),
        new Case(
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

  private static Wire wire() {
    return new Wire();
  }
}
