// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import static io.wirespan.protocol.Wire.DOWN;
import static io.wirespan.protocol.Wire.UP;
import static io.wirespan.protocol.Wire.lines;
import static io.wirespan.protocol.http1.PlainMessages.OK;
import static io.wirespan.protocol.http1.PlainMessages.get;
import static io.wirespan.protocol.http1.PlainMessages.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Wire;
import org.junit.jupiter.api.Test;

/** Which response answers which request once messages are missing. */
class PairingTest {

  @Test
  void shouldPairAgainRightBehindALossWithoutAPause() {
    var exchanges =
        new Wire()
            .up(get("/1"))
            .lost(DOWN, OK.length())
            .up(get("/2"))
            .down(OK)
            .lost(UP, get("/3").length())
            .down(OK)
            .up(get("/4"))
            .down(OK)
            .up(get("/5"))
            .lost(DOWN, OK.length())
            .lost(UP, get("/6").length())
            .down(OK)
            .up(get("/7"))
            .down(OK)
            .exchanges();

    assertThat(lines(exchanges))
        .containsExactlyInAnyOrder(
            "GET /1 -> ? gap",
            "GET /2 -> 200",
            "? -> 200 no-request",
            "GET /4 -> 200",
            "GET /5 -> ? gap",
            "? -> 200 no-request",
            "GET /7 -> 200");
  }

  @Test
  void shouldNotTakeTheNextResponseForTheFinalOneBehindAnInterimOne() {
    var exchanges =
        new Wire()
            .up(get("/1"))
            .down("HTTP/1.1 100 Continue\r\n\r\n")
            .lost(DOWN, OK.length())
            .up(get("/2"))
            .down(ok(403))
            .exchanges();

    assertThat(lines(exchanges)).containsExactly("GET /1 -> ? gap", "GET /2 -> 403");
  }

  @Test
  void shouldNotPairAResponseWithARequestThatItsServerHadNotReceived() {
    var exchanges =
        new Wire()
            .up("GET /1 HTTP/1.1\r\n")
            .truncated(UP, 100)
            .down(OK)
            .up(get("/3"))
            .at(3)
            .down(ok(404))
            .pause(2000)
            .up(get("/4"))
            .down(ok(201))
            .exchanges();

    // Something was sent behind /1 in the packet that was cut, and 404 answers that.
    assertThat(lines(exchanges))
        .containsExactlyInAnyOrder(
            "GET /1 -> 200 truncated", "? -> 404 no-request", "GET /3 -> ? gap", "GET /4 -> 201");
  }
}
