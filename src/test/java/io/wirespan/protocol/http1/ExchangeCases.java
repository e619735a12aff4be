// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import static io.wirespan.protocol.http1.MessageCase.wire;
import static io.wirespan.protocol.http1.PlainMessages.GET;
import static io.wirespan.protocol.http1.PlainMessages.OK;

import io.wirespan.protocol.Wire;
import io.wirespan.tcp.CloseReason;
import java.util.stream.Stream;

/** How an exchange goes on and ends: interim and early answers, tunnels, what never comes. */
final class ExchangeCases {
  private ExchangeCases() {}

  static Stream<MessageCase> cases() {
    return Stream.of(
        new MessageCase(
            "interim responses",
            () ->
                wire()
                    .up(GET)
                    .down("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 P\r\n\r\n" + OK)
                    .up(GET)
                    .down(OK),
            "GET / -> 200",
            "GET / -> 200"),
        new MessageCase(
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
        new MessageCase(
            "refused, and the content left out",
            () ->
                wire()
                    .up("PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 300\r\n\r\n")
                    .down("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")
                    .up("POST /2 HTTP/1.1\r\n\r\n")
                    .down(OK),
            "PUT / -> 417",
            "POST /2 -> 200"),
        new MessageCase(
            "refused, and the content sent",
            () ->
                wire()
                    .up("PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n")
                    .down("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")
                    .up("GETxyz" + GET)
                    .down(OK),
            "PUT / -> 401",
            "GET / -> 200"),
        new MessageCase(
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
        new MessageCase(
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
        new MessageCase(
            "refused, closed without the content",
            () ->
                wire()
                    .up("PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n")
                    .down("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")
                    .finish(),
            "PUT / -> 417"),
        new MessageCase(
            "an answer before the request is whole",
            () ->
                wire()
                    .up("POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc")
                    .down("HTTP/1.1 413 Big\r\nContent-Length: 0\r\n\r\n")
                    .up("def" + GET)
                    .down(OK),
            "POST / -> 413",
            "GET / -> 200"),
        new MessageCase(
            "an answer to a request that never is whole",
            () ->
                wire()
                    .up("POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc")
                    .down("HTTP/1.1 413 Big\r\nContent-Length: 0\r\n\r\n")
                    .finish(),
            "POST / -> 413 aborted"),
        new MessageCase(
            "WebSocket",
            () ->
                wire()
                    .up("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")
                    .down("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\u0081\u0005hello")
                    .up("\u0081\u0085hello")
                    .finish(),
            "GET /ws -> 101",
            "? -> ?"), // the record of the WebSocket connection
        new MessageCase(
            "CONNECT",
            () ->
                wire()
                    .up("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")
                    .down("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")
                    .up("\u0016\u0003\u0001")
                    .finish(),
            "CONNECT a:443 -> 200",
            "? -> ?"), // the record of the tunnel
        new MessageCase(
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
        new MessageCase("no response", () -> wire().up(GET).finish(), "GET / -> ? no-response"),
        new MessageCase("reset", () -> wire().up(GET).close(CloseReason.RESET), "GET / -> ? reset"),
        new MessageCase("idle", () -> wire().up(GET).close(CloseReason.IDLE), "GET / -> ? evicted"),
        new MessageCase(
            "evicted", () -> wire().up(GET).close(CloseReason.EVICTED), "GET / -> ? evicted"),
        new MessageCase(
            "reused", () -> wire().up(GET).close(CloseReason.REUSED), "GET / -> ? no-response"),
        new MessageCase(
            "a response cut off",
            () -> wire().up(GET).down("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").finish(),
            "GET / -> 200 aborted"),
        new MessageCase(
            "a response head cut off",
            () -> wire().up(GET).down("HTTP/1.1 200 OK\r\nContent-").finish(),
            "GET / -> 200 aborted"),
        new MessageCase(
            "a request head cut off",
            () -> wire().up("GET /cut HTTP/1.").end(Wire.UP).close(CloseReason.FINISHED),
            "GET /cut -> ? aborted"),
        new MessageCase(
            "a request head reset",
            () -> wire().up("GET /cut HTTP/1.1\r\nHo").close(CloseReason.RESET),
            "GET /cut -> ? reset"),
        new MessageCase("a method cut off", () -> wire().up("GE").finish()),
        new MessageCase(
            "binary behind a request",
            () -> wire().up(GET).down(OK).up("\u0000\u0001\u0002").finish(),
            "GET / -> 200"),
        new MessageCase(
            "binary instead of a response",
            () -> wire().up(GET).down("\u0000\u0001\u0002").finish(),
            "GET / -> ? parse-error"),
        new MessageCase(
            "a response to a client that has closed its side",
            () ->
                wire()
                    .up(GET)
                    .end(Wire.UP)
                    .down("HTTP/1.1 200 OK\r\n\r\nabc")
                    .end(Wire.DOWN)
                    .close(CloseReason.FINISHED),
            "GET / -> 200"));
  }
}
