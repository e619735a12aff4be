// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import static io.wirespan.protocol.Wire.DOWN;
import static io.wirespan.protocol.Wire.UP;
import static io.wirespan.protocol.Wire.lines;
import static io.wirespan.protocol.http1.PlainMessages.OK;
import static io.wirespan.protocol.http1.PlainMessages.get;
import static io.wirespan.protocol.http1.PlainMessages.ok;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Wire;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where the next message begins behind a loss, as the other side's acknowledgements tell. */
class ResynchronisationTest {

  /** That response may be one to HEAD, and then what follows it is no content of its. */
  @Test
  void shouldNotTakeTheRestOfTheConnectionForTheContentOfAnUnrequestedResponse() {
    for (String framing :
        List.of("", "Content-Length: 9000\r\n", "Transfer-Encoding: chunked\r\n")) {
      var exchanges =
          new Wire()
              .up(get("/1"))
              .down(ok(201))
              .lost(UP, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n".length())
              .down("HTTP/1.1 202 X\r\n" + framing + "\r\n")
              .up(get("/3"))
              .lost(DOWN, OK.length())
              .up(get("/4"))
              .down(ok(204))
              .exchanges();

      assertThat(lines(exchanges))
          .as(framing)
          .containsExactly(
              "GET /1 -> 201", "? -> 202 no-request", "GET /3 -> ? gap", "GET /4 -> 204");
    }
  }

  @Test
  void shouldFindMessagesInTinyPiecesBehindALoss() {
    Wire wire = new Wire().up(get("/1"));
    for (byte b : "HTTP/1.1 201 X\r\nContent-Length: 4\r\n\r\n".getBytes(ISO_8859_1)) {
      wire.down(new byte[] {b});
    }
    wire.lost(DOWN, 4).lost(UP, get("/2").length()).down(ok(202));
    for (byte b : "get /3 HTTP/1.1\r\n\r\n".getBytes(ISO_8859_1)) {
      wire.up(new byte[] {b});
    }
    wire.lost(DOWN, OK.length());
    for (byte b : get("/4").getBytes(ISO_8859_1)) {
      wire.up(new byte[] {b});
    }
    for (byte b : ok(204).getBytes(ISO_8859_1)) {
      wire.down(new byte[] {b});
    }

    assertThat(lines(wire.exchanges()))
        .containsExactly(
            "GET /1 -> 201", "? -> 202 no-request", "get /3 -> ? gap", "GET /4 -> 204");
  }

  @Test
  void shouldNotTakeTheRestOfAMethodForOne() {
    var exchanges = new Wire().lost(UP, 1).up("ET /1 HTTP/1.1\r\n\r\n").down(ok(201)).exchanges();

    assertThat(lines(exchanges)).containsExactly("? -> 201 no-request");
  }
}
