// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Exchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OpenLinesTest {
  private static final long SECOND = 1_000_000_000;
  private static final Exchange EXCHANGE =
      Exchanges.exchange().protocol("http/2").request("GET", "/events?a=b").build().stillOpen();
  private static final long START = EXCHANGE.timing().start();

  private static List<Map<String, Object>> written(OpenLines lines) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    lines.writeTo(out);
    return out.toString(UTF_8).lines().map(Json::object).toList();
  }

  @Test
  void shouldTellWhatHasBeenOpenForLongEnough() throws IOException {
    OpenLines lines = new OpenLines(START + 2 * SECOND, 2 * SECOND);
    lines.add(EXCHANGE.shifted(1));
    lines.add(EXCHANGE);

    Map<String, Object> line = written(lines).getFirst();
    assertThat(written(lines)).hasSize(1);
    assertThat(line)
        .containsEntry("wirespan", "open")
        .containsEntry("open_seconds", 2.0)
        .containsEntry("protocol", "http/2")
        .containsEntry("method", "GET")
        .containsEntry("target", "/events?a=b")
        .containsKeys("time", "kind", "interface", "client", "server", "host", "status")
        .containsKeys("request_body_bytes", "response_body_bytes");
    assertThat(line.keySet()).startsWith("wirespan");
  }

  @Test
  void shouldCountWhatItDoesNotList() throws IOException {
    OpenLines lines = new OpenLines(START + SECOND, SECOND);
    for (int i = 0; i < OpenLines.MOST + 7; i++) {
      lines.add(EXCHANGE);
    }

    assertThat(written(lines)).hasSize(OpenLines.MOST + 1);
    assertThat(written(lines).getLast()).containsEntry("not_listed", 7L);
  }

  @Test
  void shouldWriteNothingIfThereIsNothing() throws IOException {
    assertThat(written(new OpenLines(START, SECOND))).isEmpty();
  }
}
