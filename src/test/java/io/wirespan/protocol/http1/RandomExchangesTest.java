// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import static io.wirespan.protocol.Wire.DOWN;
import static io.wirespan.protocol.Wire.UP;
import static io.wirespan.protocol.Wire.lines;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.Wire;
import io.wirespan.tcp.Direction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random exchanges in random pieces, whole and with losses. The seed is in the failure message. */
class RandomExchangesTest {
  private static final int ROUNDS = 400;
  private static final String[] METHODS = {"GET", "POST", "HEAD", "PUT", "OPTIONS", "patch"};
  private static final int[] STATUSES = {200, 201, 204, 205, 304, 404, 500};

  /** What was sent; its target and its status' reason tell its number. */
  private record Sent(
      int number,
      String method,
      int status,
      byte[] request,
      byte[] response,
      int requestBody,
      int responseBody) {
    String line() {
      return method + " /" + number + " -> " + status;
    }
  }

  private static Sent sent(Random random, int number) {
    String method = METHODS[random.nextInt(METHODS.length)];
    int status = STATUSES[random.nextInt(STATUSES.length)];
    boolean bodiless = method.equals("HEAD") || status == 204 || status == 304;
    int requestBody = random.nextBoolean() ? 0 : random.nextInt(3000);
    int responseBody = random.nextInt(5) == 0 ? 0 : random.nextInt(6000);
    String interim = random.nextInt(5) == 0 ? "HTTP/1.1 103 Hints\r\nX: y\r\n\r\n" : "";
    return new Sent(
        number,
        method,
        status,
        message(random, method + " /" + number + " HTTP/1.1", requestBody, true, false),
        concat(
            interim.getBytes(ISO_8859_1),
            message(random, "HTTP/1.1 " + status + " r" + number, responseBody, false, bodiless)),
        requestBody,
        bodiless ? 0 : responseBody);
  }

  private static byte[] message(
      Random random, String startLine, int length, boolean request, boolean bodiless) {
    StringBuilder text = new StringBuilder(startLine).append("\r\n");
    for (int i = random.nextInt(4); i > 0; i--) {
      text.append("X-Filler: ").append("f".repeat(random.nextInt(400))).append("\r\n");
    }
    byte[] body = new byte[length];
    random.nextBytes(body);
    if (length > 0 && random.nextBoolean()) {
      text.append("Transfer-Encoding: chunked\r\n\r\n");
      if (!bodiless) {
        int from = 0;
        while (from < length) {
          int size = 1 + random.nextInt(length - from);
          text.append(Integer.toHexString(size)).append(random.nextBoolean() ? ";e=1" : "");
          text.append("\r\n").append(new String(body, from, size, ISO_8859_1)).append("\r\n");
          from += size;
        }
        text.append("0\r\n").append(random.nextBoolean() ? "T: 1\r\n" : "").append("\r\n");
      }
    } else {
      if (length > 0 || !request) {
        text.append("Content-Length: ").append(length).append("\r\n");
      }
      text.append("\r\n").append(bodiless ? "" : new String(body, ISO_8859_1));
    }
    return text.toString().getBytes(ISO_8859_1);
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static List<Sent> exchanges(Random random) {
    List<Sent> sent = new ArrayList<>();
    for (int i = 1 + random.nextInt(12); i > 0; i--) {
      sent.add(sent(random, sent.size()));
    }
    return sent;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldReadWhatWasSent(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      List<Sent> sent = exchanges(random);
      Wire wire = new Wire();
      boolean pipelined = random.nextInt(3) == 0;
      if (pipelined) {
        sent.forEach(one -> packets(random, wire, UP, one.request, 0));
        sent.forEach(one -> packets(random, wire, DOWN, one.response, 0));
      } else {
        for (Sent one : sent) {
          packets(random, wire, UP, one.request, 0);
          packets(random, wire, DOWN, one.response, 0);
        }
      }
      List<Exchange> seen = wire.finish().exchanges();

      assertThat(lines(seen))
          .as("seed %d round %d", seed, round)
          .containsExactlyElementsOf(sent.stream().map(Sent::line).toList());
      for (int i = 0; i < sent.size(); i++) {
        assertThat(seen.get(i).request().stats().bodyBytes()).isEqualTo(sent.get(i).requestBody);
        assertThat(seen.get(i).response().stats().bodyBytes()).isEqualTo(sent.get(i).responseBody);
        assertThat(seen.get(i).response().reason()).isEqualTo("r" + i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldNeverMatchWronglyWhenPacketsAreMissing(long seed) {
    Random random = new Random(seed);
    int complete = 0;
    for (int round = 0; round < ROUNDS; round++) {
      List<Sent> sent = exchanges(random);
      Wire wire = random.nextBoolean() ? new Wire() : new Wire().joined();
      List<String> targetsSeen = new ArrayList<>();
      for (Sent one : sent) {
        if (packets(random, wire, UP, one.request, 15)) {
          targetsSeen.add("/" + one.number);
        }
        packets(random, wire, DOWN, one.response, 15);
      }
      List<Exchange> seen = wire.finish().exchanges();

      for (Exchange exchange : seen) {
        assertThat(exchange.request().seen() || exchange.outcome() != Outcome.COMPLETE).isTrue();
        if (exchange.request().seen() && exchange.response().seen()) {
          int number = Integer.parseInt(exchange.request().target().substring(1));
          assertThat(exchange.response().reason())
              .as("seed %d round %d: %s %s", seed, round, lines(seen), wire)
              .isSubstringOf("r" + number);
        }
        complete += exchange.complete() ? 1 : 0;
      }
      assertThat(seen.stream().filter(e -> e.request().seen()).map(e -> e.request().target()))
          .as("seed %d round %d", seed, round)
          .containsExactlyElementsOf(targetsSeen);
    }
    assertThat(complete).isGreaterThan(ROUNDS / 2);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldMarkExactlyTheExchangeThatIsDamaged(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      List<Sent> sent = exchanges(random);
      int damaged = random.nextInt(sent.size());
      Wire wire = new Wire();
      for (Sent one : sent) {
        packets(random, wire, UP, one.request, 0);
        if (one.number == damaged) {
          wire.lost(DOWN, one.response.length);
        } else {
          packets(random, wire, DOWN, one.response, 0);
        }
      }
      List<String> expected =
          sent.stream()
              .map(
                  one ->
                      one.number == damaged
                          ? one.method + " /" + one.number + " -> ? gap"
                          : one.line())
              .toList();

      assertThat(lines(wire.finish().exchanges()))
          .as("seed %d round %d", seed, round)
          .containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldSurviveAnything(long seed) {
    Random random = new Random(seed);
    byte[] hostile = "\r\n\0 :;,/HTTP1.0923456789abGETpost\u00ff".getBytes(ISO_8859_1);
    for (int round = 0; round < ROUNDS; round++) {
      Wire wire = random.nextBoolean() ? new Wire() : new Wire().joined();
      for (Sent one : exchanges(random)) {
        for (int i = random.nextInt(4); i > 0; i--) {
          one.request[random.nextInt(one.request.length)] = hostile[random.nextInt(hostile.length)];
          one.response[random.nextInt(one.response.length)] =
              hostile[random.nextInt(hostile.length)];
        }
        packets(random, wire, UP, one.request, 5);
        packets(random, wire, DOWN, one.response, 5);
      }
      List<Exchange> seen = wire.finish().exchanges(left -> 1 + random.nextInt(left));

      long counted = 0;
      for (Outcome outcome : Outcome.values()) {
        counted += wire.counters.exchanges(outcome);
      }
      assertThat(seen).as("seed %d round %d", seed, round).hasSize((int) counted);
      assertThat(seen)
          .allMatch(RandomExchangesTest::isOneOrFollowsAnUpgrade)
          .allMatch(exchange -> exchange.timing().end() >= exchange.timing().start());
    }
  }

  private static boolean isOneOrFollowsAnUpgrade(Exchange exchange) {
    return exchange.request().seen()
        || exchange.response().seen()
        || exchange.protocol().equals(Exchange.TCP);
  }

  /**
   * A message in packets of random lengths, of which some in a hundred are lost; whether the first
   * is not.
   */
  private static boolean packets(
      Random random, Wire wire, Direction direction, byte[] message, int lossPercent) {
    int from = 0;
    boolean firstSeen = true;
    while (from < message.length) {
      // A message is recognised behind a loss if its first packet holds its first line.
      int least = from == 0 ? Math.min(40, message.length) : 1;
      int length = least + random.nextInt(Math.min(1460, message.length - from) - least + 1);
      byte[] packet = Arrays.copyOfRange(message, from, from + length);
      if (random.nextInt(100) < lossPercent) {
        wire.lost(direction, length);
        firstSeen &= from > 0;
      } else if (direction == UP) {
        wire.up(packet);
      } else {
        wire.down(packet);
      }
      from += length;
    }
    return firstSeen;
  }
}
