// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Exchange;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplayIdsTest {
  private static String id(IdSource ids, Exchange exchange) {
    ids.next(exchange);
    return "%016x%016x-%016x".formatted(ids.traceIdHigh(), ids.traceIdLow(), ids.spanId());
  }

  @Test
  void shouldDependOnNothingButTheExchange() {
    Exchange first = Exchanges.exchange().request("GET", "/1").build();
    Exchange second = Exchanges.exchange().request("GET", "/2").build();
    ReplayIds ids = new ReplayIds();
    List<String> both = List.of(id(ids, first), id(ids, second));

    assertThat(id(new ReplayIds(), second)).isEqualTo(both.get(1));
    assertThat(id(new ReplayIds(), first)).isEqualTo(both.get(0));
    assertThat(both).doesNotHaveDuplicates();
  }

  @Test
  void shouldTellEqualPipelinedExchangesApart() {
    Set<String> seen = new HashSet<>();
    ReplayIds ids = new ReplayIds();
    for (int i = 0; i < 100; i++) {
      seen.add(id(ids, Exchanges.exchange().build()));
    }

    assertThat(seen).hasSize(100);
  }

  @Test
  void shouldDifferForEachConnectionTimeAndTarget() {
    Set<String> seen = new HashSet<>();
    for (int port = 1; port < 2_000; port++) {
      seen.add(
          id(
              new ReplayIds(),
              Exchanges.exchange()
                  .endpoints(Exchanges.ipv4(10, 0, 0, 2, port), Exchanges.SERVER)
                  .build()));
      seen.add(id(new ReplayIds(), Exchanges.exchange().request("GET", "/" + port).build()));
    }

    assertThat(seen).hasSize(2 * 1_999);
  }

  @Test
  void shouldMakeRandomIdsThatDiffer() {
    RandomIds ids = new RandomIds();
    Exchange exchange = Exchanges.exchange().build();

    assertThat(id(ids, exchange)).isNotEqualTo(id(ids, exchange));
    assertThat(id(new RandomIds(), exchange)).isNotEqualTo(id(new RandomIds(), exchange));
  }
}
