// SPDX-License-Identifier: Apache-2.0
package io.wirespan.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.Side;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Headers;
import io.wirespan.protocol.MessageStats;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.Request;
import io.wirespan.protocol.Response;
import io.wirespan.protocol.Timing;
import io.wirespan.tcp.Endpoint;
import io.wirespan.tcp.Flow;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConditionTest {
  private static final Flow FLOW =
      new Flow(
          new CaptureInterface(0, "a", 1, LinkType.ETHERNET, Side.INSIDE, Optional.empty()),
          new Endpoint(false, 0, 1, 1),
          new Endpoint(false, 0, 2, 80),
          Flow.Role.SERVER,
          Optional.empty());

  private static final Request REQUEST =
      new Request("GET", "/api/a b?c=1", "example.com", Headers.EMPTY, MessageStats.EMPTY);

  /** Status 404 with 100 bytes; 1.5 s, of which 250 ms to the response's first byte. */
  private static final Exchange EXCHANGE =
      exchange(
          REQUEST,
          new Response(404, "", Headers.EMPTY, new MessageStats(1, 200, 60, 100, 0, 0, 0)),
          new Timing(1_000, 1_000, List.of(), 250_001_000, 1_500_001_000, 0, 0, 0),
          Outcome.COMPLETE);

  private static final Exchange UNANSWERED =
      exchange(
          REQUEST,
          Response.UNSEEN,
          new Timing(1, 1, List.of(), 0, 0, 0, 0, 0),
          Outcome.NO_RESPONSE);

  private static Exchange exchange(
      Request request, Response response, Timing timing, Outcome outcome) {
    return new Exchange(FLOW, Exchange.HTTP_1_1, request, response, timing, outcome, 0);
  }

  private static boolean test(String text, Exchange exchange) throws ConditionException {
    return Condition.parse(text).test(exchange);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "status==404",
        "status != 500",
        "status>403 and status<405",
        "status>=404 and status<=404",
        "duration>1s",
        "duration==1500ms",
        "duration == 1.5s",
        "duration<1500001us",
        "ttfb==250ms",
        "size==100",
        "method==GET",
        "method=='GET'",
        "method != \"POST\"",
        "target == '/api/a b?c=1'",
        "target =~ ^/api/",
        "target =~ '(x|a) b'",
        "host =~ com$",
        "complete",
        "not incomplete",
        "incomplete == ''",
        "not (status==200 or incomplete)",
        "not status==200 and complete",
        "status==200 and incomplete or complete",
        "complete or status==200 and incomplete",
        "((complete))",
        "not not complete",
        "  complete\tand\ncomplete ",
      })
  void shouldHold(String text) throws Exception {
    assertThat(test(text, EXCHANGE)).isTrue();
    assertThat(test("not (" + text + ")", EXCHANGE)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "status==400",
        "status>404",
        "status>=405",
        "duration>1500ms",
        "duration<1500ms",
        "ttfb>=251ms",
        "size<100",
        "method==get",
        "target =~ ^api",
        "host == ''",
        "incomplete",
        "incomplete =~ .",
        "complete and (status==200 or incomplete)",
        "not (complete or status==200)",
      })
  void shouldNotHold(String text) throws Exception {
    assertThat(test(text, EXCHANGE)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "status<500, false",
    "status==0, false",
    "status!=200, true",
    "size<1, false",
    "ttfb<1s, false",
    "duration<1s, true",
    "incomplete, true",
    "incomplete==no-response, true",
    "incomplete==reset, false",
    "incomplete!=reset, true",
    "complete, false",
  })
  void shouldNotCompareWhatWasNotSeen(String text, boolean expected) throws Exception {
    assertThat(test(text, UNANSWERED)).isEqualTo(expected);
  }

  @Test
  void shouldFindSlowAndFailedOnesByDefault() throws Exception {
    assertThat(test(Condition.DEFAULT, EXCHANGE)).isTrue();
    assertThat(test(Condition.DEFAULT, UNANSWERED)).isTrue();
    Timing quick = new Timing(1, 1, List.of(), 2, 1_000_000_001, 0, 0, 0);
    Response ok = new Response(499, "", Headers.EMPTY, MessageStats.EMPTY);
    assertThat(test(Condition.DEFAULT, exchange(REQUEST, ok, quick, Outcome.COMPLETE))).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "status>>500 | at 8: a number is expected, not >",
        "status | at 7: ==, !=, >, >=, < or <= is expected, not the end",
        "status =~ 5 | at 8: ==, !=, >, >=, < or <= is expected, not =~",
        "status = 5 | at 8: no such operator (==, !=, >, >=, <, <=, =~)",
        "status == 5xx | at 11: a number is expected, not 5xx",
        "status == '5' | at 11: a number is expected, not 5",
        "duration > 1 | at 12: a number with us, ms or s is expected, not 1",
        "duration > 1m | at 12: a number with us, ms or s is expected, not 1m",
        "duration > -1s | at 12: a number with us, ms or s is expected, not -1s",
        "method > GET | at 8: ==, != or =~ is expected, not >",
        "method == | at 10: a text is expected, not the end",
        "target =~ '[' | at 11: no regular expression: Unclosed character class",
        "target == 'a | at 11: the text that begins here has no end",
        "(complete | at 10: ) is expected, not the end",
        "complete) | at 9: and, or, or the end is expected, not )",
        "complete complete | at 10: and, or, or the end is expected, not complete",
        "complete or | at 12: status, size, duration, ttfb, method, target, host, complete or"
            + " incomplete is expected, not the end",
        "path == / | at 1: status, size, duration, ttfb, method, target, host, complete or"
            + " incomplete is expected, not path",
        "'' | at 1: status, size, duration, ttfb, method, target, host, complete or"
            + " incomplete is expected, not the end",
      })
  void shouldSayWhereItIsWrongAndWhy(String text, String message) {
    assertThatThrownBy(() -> Condition.parse(text))
        .isInstanceOf(ConditionException.class)
        .hasMessage(message);
  }

  @Test
  void shouldRefuseToGoTooDeep() {
    assertThatThrownBy(() -> Condition.parse("(".repeat(10_000)))
        .isInstanceOf(ConditionException.class)
        .hasMessage("at 101: nested too deep");
    assertThatThrownBy(() -> Condition.parse("not ".repeat(10_000)))
        .isInstanceOf(ConditionException.class);
  }
}
