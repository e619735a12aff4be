// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import static io.wirespan.protocol.Wire.lines;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.Wire;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Messages of every kind, each read at every split point. */
class MessagesTest {
  static Stream<MessageCase> cases() {
    return Stream.of(HeadCases.cases(), ContentCases.cases(), ExchangeCases.cases())
        .flatMap(Function.identity());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void shouldReadWhole(MessageCase tested) {
    assertThat(lines(tested.traffic().get().exchanges())).containsExactly(tested.lines());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void shouldReadTheSameByteByByte(MessageCase tested) {
    List<Exchange> whole = tested.traffic().get().exchanges();

    assertThat(tested.traffic().get().exchanges(left -> 1)).isEqualTo(whole);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void shouldReadTheSameAtEverySplit(MessageCase tested) {
    List<Exchange> whole = tested.traffic().get().exchanges();
    for (int split = 1; split < tested.traffic().get().length(); split++) {
      int first = split;

      assertThat(tested.traffic().get().exchanges(left -> left > first ? left - first : left))
          .as("last piece of %d", split)
          .isEqualTo(whole);
      assertThat(tested.traffic().get().exchanges(left -> Math.min(left, first)))
          .as("pieces of %d", split)
          .isEqualTo(whole);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void shouldReadTheSameInRandomPieces(MessageCase tested) {
    List<Exchange> whole = tested.traffic().get().exchanges();
    Random random = new Random(4);
    for (int round = 0; round < 50; round++) {
      assertThat(tested.traffic().get().exchanges(left -> 1 + random.nextInt(Math.min(left, 40))))
          .isEqualTo(whole);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void shouldCountWhatItHandsOn(MessageCase tested) {
    Wire wire = tested.traffic().get();
    List<Exchange> exchanges = wire.exchanges();

    for (Outcome outcome : Outcome.values()) {
      assertThat(wire.counters.exchanges(outcome))
          .isEqualTo(exchanges.stream().filter(e -> e.outcome() == outcome).count());
    }
  }
}
