// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.Timing;
import java.io.ByteArrayOutputStream;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConsoleOutputTest {
  private static final char ESCAPE = '\u001b';

  private static List<String> lines(Terminal terminal, boolean colours, Exchanges... exchanges) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ConsoleOutput console =
        new ConsoleOutput(new LineBuffer(out), terminal, colours, ZoneOffset.UTC);
    for (Exchanges exchange : exchanges) {
      console.accept(exchange.report());
    }
    console.flush();
    return out.toString(UTF_8).lines().toList();
  }

  private static String line(Exchanges exchange) {
    return lines(Terminal.NONE, true, exchange).getFirst();
  }

  private static String withoutColour(String line) {
    return line.replaceAll(ESCAPE + "\\[[0-9]*m", "");
  }

  @Test
  void shouldWriteOneAlignedLineForEach() {
    assertThat(
            lines(
                Terminal.NONE,
                true,
                Exchanges.exchange(),
                Exchanges.exchange()
                    .request("DELETE", "/items/42")
                    .status(503, "Service Unavailable")
                    .timing(
                        new Timing(
                            Exchanges.START,
                            Exchanges.START,
                            List.of(),
                            1,
                            Exchanges.START + 1_234_567_890L,
                            0,
                            0,
                            0)),
                Exchanges.exchange().withoutResponse(Outcome.NO_RESPONSE)))
        .containsExactly(
            "08:27:47.123  10.0.0.2:41234 → 10.0.0.1:8080   GET     /a?b=1"
                + " ".repeat(36)
                + "200          268.5 µs     39 B",
            "08:27:47.123  10.0.0.2:41234 → 10.0.0.1:8080   DELETE  /items/42"
                + " ".repeat(33)
                + "503           1.235 s     39 B",
            "08:27:47.123  10.0.0.2:41234 → 10.0.0.1:8080   GET     /a?b=1"
                + " ".repeat(36)
                + "no-response    5.0 µs      0 B");
  }

  @Test
  void shouldFillTheTerminalExactly() {
    Exchanges longTarget = Exchanges.exchange().request("GET", "/" + "x".repeat(300));

    List<String> lines = lines(new Terminal(true, 120), true, longTarget, Exchanges.exchange());

    assertThat(lines).hasSize(3).allSatisfy(line -> assertThat(withoutColour(line)).hasSize(120));
    assertThat(withoutColour(lines.get(0)))
        .matches("TIME +CLIENT +SERVER +METHOD +TARGET +STATUS +DURATION +SIZE");
    assertThat(lines.get(1)).contains("xxx…  ");
  }

  @Test
  void shouldStayAlignedAroundLongMethodsAndReasons() {
    List<String> lines =
        lines(
            new Terminal(true, 120),
            false,
            Exchanges.exchange(),
            Exchanges.exchange().request("PROPPATCH", "/" + "x".repeat(300)),
            Exchanges.exchange().outcome(Outcome.PARSE_ERROR));

    assertThat(lines).hasSize(4).allSatisfy(line -> assertThat(line).hasSize(120));
  }

  @Test
  void shouldNotCutTargetsInFiles() {
    String target = "/" + "x".repeat(300);

    assertThat(line(Exchanges.exchange().request("GET", target))).contains(target);
  }

  @Test
  void shouldLeaveOutTheClientOnANarrowTerminal() {
    List<String> lines = lines(new Terminal(true, 80), false, Exchanges.exchange());

    assertThat(lines).allSatisfy(line -> assertThat(line).hasSize(80));
    assertThat(lines.get(1)).contains("10.0.0.1:8080").doesNotContain("10.0.0.2");
  }

  @ParameterizedTest
  @CsvSource({"200, 32", "304, 36", "404, 33", "500, 31"})
  void shouldColourByClassOfStatus(int status, int colour) {
    String line =
        lines(new Terminal(true, 120), true, Exchanges.exchange().status(status, "")).get(1);

    assertThat(line).contains(ESCAPE + "[" + colour + "m" + status + ESCAPE + "[0m");
  }

  @Test
  void shouldColourOnlyTerminalsThatWantIt() {
    assertThat(line(Exchanges.exchange())).doesNotContain(String.valueOf(ESCAPE));
    assertThat(lines(new Terminal(true, 120), false, Exchanges.exchange()))
        .noneMatch(line -> line.indexOf(ESCAPE) >= 0);
  }

  @Test
  void shouldSayBothStatusAndReason() {
    assertThat(line(Exchanges.exchange().outcome(Outcome.RESET))).contains(" 200 reset  ");
    assertThat(line(Exchanges.exchange().withoutRequest()))
        .contains(" -       - ")
        .contains(" 200 no-request");
  }

  @Test
  void shouldMakeHostileTargetsHarmless() {
    String line =
        line(
            Exchanges.exchange()
                .request(
                    "G\u001bET", "/\u001b[2J\u001b]0;x\u0007\r\n\u009b31m\u0000 \u00e9\u007f"));

    assertThat(line).contains("G%1BET").contains("/%1B[2J%1B]0;x%07%0D%0A%9B31m%00%20%E9%7F ");
    assertThat(line.chars().filter(c -> c < ' ' || c >= 0x7f && c <= 0x9f)).isEmpty();
  }

  @Test
  void shouldWidenForIpv6AndStayAligned() {
    List<String> lines =
        lines(
            Terminal.NONE,
            false,
            Exchanges.exchange()
                .endpoints(
                    Exchanges.ipv6(0x20010db8_00000000L, 1, 50000),
                    Exchanges.ipv6(0x20010db8_12345678L, 0xabcdef01_00000002L, 8080)),
            Exchanges.exchange());

    assertThat(lines.get(0))
        .contains("[2001:db8::1]:50000 → [2001:db8:1234:5678:abcd:ef01:0:2]:8080  GET");
    assertThat(lines.get(1).indexOf("GET")).isEqualTo(lines.get(0).indexOf("GET"));
  }

  @Test
  void shouldWriteLocalTime() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ConsoleOutput console =
        new ConsoleOutput(new LineBuffer(out), Terminal.NONE, false, ZoneId.of("Asia/Kolkata"));
    console.accept(Exchanges.exchange().report());
    console.flush();

    assertThat(out.toString(UTF_8)).startsWith("13:57:47.123 ");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0.0 µs",
    "49, 0.0 µs",
    "268512, 268.5 µs",
    "999949, 999.9 µs",
    "999950, 1.00 ms",
    "1004999, 1.00 ms",
    "12340000, 12.34 ms",
    "999994999, 999.99 ms",
    "999995000, 1.000 s",
    "1050000000, 1.050 s",
    "59999499999, 59.999 s",
    "59999500000, 1m 0s",
    "192000000000, 3m 12s",
  })
  void shouldWriteDurationsWithAUnitThatFits(long nanos, String text) {
    StringBuilder to = new StringBuilder();

    HumanText.appendDuration(to, nanos);

    assertThat(to).hasToString(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "999, 999 B",
    "1000, 1.0 kB",
    "1949, 1.9 kB",
    "999949, 999.9 kB",
    "999950, 1.0 MB",
    "200000000, 200.0 MB",
    "1500000000, 1.5 GB",
    "2000000000000000, 2000.0 TB",
  })
  void shouldWriteSizesWithAUnitThatFits(long bytes, String text) {
    StringBuilder to = new StringBuilder();

    HumanText.appendSize(to, bytes);

    assertThat(to).hasToString(text);
  }
}
