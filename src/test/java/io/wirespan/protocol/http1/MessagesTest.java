// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import static io.wirespan.protocol.Wire.lines;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.Wire;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Messages of every kind, each read at every split point. */
class MessagesTest {
  @ParameterizedTest
  @MethodSource("io.wirespan.protocol.http1.MessageCases#cases")
  void shouldReadWhole(MessageCases.Case tested) {
    assertThat(lines(tested.wire().get().exchanges())).containsExactly(tested.lines());
  }

  @ParameterizedTest
  @MethodSource("io.wirespan.protocol.http1.MessageCases#cases")
  void shouldReadTheSameByteByByte(MessageCases.Case tested) {
    List<Exchange> whole = tested.wire().get().exchanges();

    assertThat(tested.wire().get().exchanges(left -> 1)).isEqualTo(whole);
  }

  @ParameterizedTest
  @MethodSource("io.wirespan.protocol.http1.MessageCases#cases")
  void shouldReadTheSameAtEverySplit(MessageCases.Case tested) {
    List<Exchange> whole = tested.wire().get().exchanges();
    for (int split = 1; split < tested.wire().get().length(); split++) {
      int first = split;

      assertThat(tested.wire().get().exchanges(left -> left > first ? left - first : left))
          .as("last piece of %d", split)
          .isEqualTo(whole);
      assertThat(tested.wire().get().exchanges(left -> Math.min(left, first)))
          .as("pieces of %d", split)
          .isEqualTo(whole);
    }
  }

  @ParameterizedTest
  @MethodSource("io.wirespan.protocol.http1.MessageCases#cases")
  void shouldReadTheSameInRandomPieces(MessageCases.Case tested) {
    List<Exchange> whole = tested.wire().get().exchanges();
    Random random = new Random(4);
    for (int round = 0; round < 50; round++) {
      assertThat(tested.wire().get().exchanges(left -> 1 + random.nextInt(Math.min(left, 40))))
          .isEqualTo(whole);
    }
  }

  @ParameterizedTest
  @MethodSource("io.wirespan.protocol.http1.MessageCases#cases")
  void shouldCountWhatItHandsOn(MessageCases.Case tested) {
    Wire wire = tested.wire().get();
    List<Exchange> exchanges = wire.exchanges();

    for (Outcome outcome : Outcome.values()) {
      assertThat(wire.counters.exchanges(outcome))
          .isEqualTo(exchanges.stream().filter(e -> e.outcome() == outcome).count());
    }
  }
}
