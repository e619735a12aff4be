// SPDX-License-Identifier: Apache-2.0
package io.wirespan.replay;

import static io.wirespan.replay.SentConnection.CLIENT;
import static io.wirespan.replay.SentConnection.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Timing;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random exchanges in captures with all that a network does to packets come out as they were sent;
 * where the capture lost packets, exactly the exchanges that these belong to are marked.
 */
class ReplayPropertyTest {
  static IntStream seeds() {
    return IntStream.range(0, Integer.getInteger("wirespan.seeds", 150));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void shouldFindEveryExchangeAndItsTimes(int seed) throws Exception {
    Traffic traffic = new Traffic(seed, 0);
    Replay replay = Replay.of(traffic.pcapng());
    int count = 0;
    for (SentConnection connection : traffic.connections) {
      List<Exchange> seen = of(connection, replay);
      assertThat(seen).hasSameSizeAs(connection.exchanges);
      for (int i = 0; i < seen.size(); i++) {
        checkWhole(connection, connection.exchanges.get(i), seen.get(i));
        count++;
      }
    }
    assertThat(replay.exchanges()).hasSize(count);
    assertThat(replay.tcp().gapBytes()).isZero();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void shouldMarkExactlyWhatIsDamaged(int seed) throws Exception {
    Traffic traffic = new Traffic(seed, 1 + seed % 40);
    Replay replay = Replay.of(traffic.pcapng());
    int count = 0;
    for (SentConnection connection : traffic.connections) {
      List<Exchange> seen = of(connection, replay);
      seen.forEach(each -> checkPair(connection, each, describe(seen)));
      if (!connection.pipelined) {
        checkDamage(traffic, connection, seen);
      }
      count += seen.size();
    }
    assertThat(replay.exchanges()).hasSize(count);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void shouldGiveTheSameBytesForTheSameBytes(int seed) throws Exception {
    byte[] capture = new Traffic(seed, seed % 20).pcapng();
    assertThat(Replay.of(capture).json()).isEqualTo(Replay.of(capture).json()).isNotEmpty();
  }

  private static List<Exchange> of(SentConnection connection, Replay replay) {
    return replay.exchanges().stream()
        .filter(each -> each.flow().client().port() == connection.port(CLIENT))
        .toList();
  }

  private static void checkWhole(SentConnection connection, SentExchange sent, Exchange seen) {
    assertThat(seen.request().method()).isEqualTo(sent.method());
    assertThat(seen.request().target()).isEqualTo("/" + sent.id());
    assertThat(seen.request().host()).isEqualTo("example.com");
    assertThat(seen.request().stats().bodyBytes()).isEqualTo(sent.request().bodyBytes());
    assertThat(seen.response().status()).isEqualTo(sent.status());
    assertThat(seen.response().reason()).isEqualTo("r" + sent.id());
    assertThat(seen.response().stats().bodyBytes()).isEqualTo(sent.response().bodyBytes());
    assertThat(seen.complete()).as("%s", seen.outcome()).isTrue();
    assertThat(seen.gapBytes()).isZero();
    Timing timing = seen.timing();
    assertThat(timing.requestFirst())
        .isEqualTo(Traffic.firstNanos(connection, CLIENT, sent.requestOffset()));
    assertThat(timing.requestLast())
        .isEqualTo(Traffic.lastNanos(connection, CLIENT, sent.requestOffset(), sent.requestEnd()));
    assertThat(timing.responseFirst())
        .isEqualTo(Traffic.firstNanos(connection, SERVER, sent.responseOffset()));
    assertThat(timing.responseLast())
        .isEqualTo(
            Traffic.lastNanos(connection, SERVER, sent.responseOffset(), sent.responseEnd()));
    boolean first = sent == connection.exchanges.getFirst();
    assertThat(timing.syn()).isEqualTo(first ? connection.segments.getFirst().nanos() : 0);
  }

  /** Whatever is missing, a response never goes with another request than its own. */
  private static void checkPair(SentConnection connection, Exchange seen, String all) {
    if (!seen.request().target().isEmpty() && !seen.response().reason().isEmpty()) {
      // The end of either may be missing.
      String id = seen.request().target().substring(1);
      String answered = seen.response().reason().substring(1);
      assertThat(id.startsWith(answered) || answered.startsWith(id))
          .as("%s got the response to %s: %s %s", id, answered, connection.pipelined, all)
          .isTrue();
    }
    if (seen.complete()) {
      SentExchange sent = sent(connection, seen);
      assertThat(seen.response().status()).isEqualTo(sent.status());
      assertThat(seen.response().stats().bodyBytes()).isEqualTo(sent.response().bodyBytes());
      assertThat(seen.request().stats().bodyBytes()).isEqualTo(sent.request().bodyBytes());
    }
  }

  private static SentExchange sent(SentConnection connection, Exchange seen) {
    return connection.exchanges.stream()
        .filter(each -> seen.request().target().equals("/" + each.id()))
        .findFirst()
        .orElseThrow();
  }

  private static void checkDamage(Traffic traffic, SentConnection connection, List<Exchange> seen) {
    Set<String> whole = new HashSet<>();
    List<String> requests = new ArrayList<>();
    for (Exchange each : seen) {
      if (each.request().seen()) {
        requests.add(each.request().target());
      }
      if (each.complete() && each.gapBytes() == 0) {
        whole.add(each.request().target());
      }
    }
    assertThat(requests).doesNotHaveDuplicates();
    for (SentExchange sent : connection.exchanges) {
      int requestEnd = sent.requestEnd();
      int responseEnd = sent.responseEnd();
      int missing =
          traffic.missing(connection, CLIENT, sent.requestOffset(), requestEnd)
              + traffic.missing(connection, SERVER, sent.responseOffset(), responseEnd);
      int missingAtFirst =
          traffic.missingAtFirst(connection, CLIENT, sent.requestOffset(), requestEnd)
              + traffic.missingAtFirst(connection, SERVER, sent.responseOffset(), responseEnd);
      // What is sent again long after it was lost may come too late, or not; and the packet that
      // ends a connection may be lost as well.
      boolean untilClose = connection.closes && sent == connection.exchanges.getLast();
      if (missing > 0 || missingAtFirst == 0 && !untilClose) {
        assertThat(whole.contains("/" + sent.id()))
            .as("%s lacks %d bytes: %s", sent.id(), missing, describe(seen))
            .isEqualTo(missing == 0);
      }
      int line =
          sent.requestOffset() + (sent.method() + " /" + sent.id() + " HTTP/1.1\r\n").length();
      if (traffic.missingAtFirst(connection, CLIENT, sent.requestOffset(), line) == 0) {
        assertThat(requests).as(describe(seen)).contains("/" + sent.id());
      }
    }
  }

  private static String describe(List<Exchange> seen) {
    StringBuilder text = new StringBuilder();
    for (Exchange each : seen) {
      text.append(each.request().target()).append(" -> ").append(each.response().reason());
      text.append(' ').append(each.outcome()).append(" gap ").append(each.gapBytes()).append("; ");
    }
    return text.toString();
  }
}
