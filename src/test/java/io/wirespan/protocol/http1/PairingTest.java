// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import static io.wirespan.protocol.Wire.DOWN;
import static io.wirespan.protocol.Wire.UP;
import static io.wirespan.protocol.Wire.lines;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Wire;
import org.junit.jupiter.api.Test;

/** Which response answers which request once messages are missing. */
class PairingTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

  private static String get(String target) {
    return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }

  private static String ok(int status) {
    return "HTTP/1.1 " + status + " X\r\nContent-Length: 0\r\n\r\n";
  }

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
}
