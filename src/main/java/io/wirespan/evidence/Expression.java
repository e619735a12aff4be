// SPDX-License-Identifier: Apache-2.0
package io.wirespan.evidence;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Timing;
import java.util.regex.Pattern;

/** A parsed {@link Condition}. */
sealed interface Expression {
  record And(Expression left, Expression right) implements Expression {}

  record Or(Expression left, Expression right) implements Expression {}

  record Not(Expression negated) implements Expression {}

  record Complete() implements Expression {}

  /**
   * @param value of durations in nanoseconds
   */
  record Compared(Quantity quantity, Relation relation, long value) implements Expression {}

  record Equal(Text text, String value) implements Expression {}

  record Found(Text text, Pattern pattern) implements Expression {}

  /** Something about an exchange that has a size. */
  enum Quantity {
    STATUS,
    SIZE,
    DURATION,
    TTFB
  }

  /** Something about an exchange that has a name. */
  enum Text {
    METHOD,
    TARGET,
    HOST,
    INCOMPLETE
  }

  enum Relation {
    EQUAL,
    UNEQUAL,
    LESS,
    AT_MOST,
    MORE,
    AT_LEAST
  }

  /** Value of a quantity that was not seen. */
  long ABSENT = Long.MIN_VALUE;

  default boolean test(Exchange exchange) {
    return switch (this) {
      case And(Expression left, Expression right) -> left.test(exchange) && right.test(exchange);
      case Or(Expression left, Expression right) -> left.test(exchange) || right.test(exchange);
      case Not(Expression negated) -> !negated.test(exchange);
      case Complete() -> exchange.complete();
      case Compared(Quantity quantity, Relation relation, long value) ->
          holds(valueOf(quantity, exchange), relation, value);
      case Equal(Text text, String value) -> valueOf(text, exchange).equals(value);
      case Found(Text text, Pattern pattern) -> pattern.matcher(valueOf(text, exchange)).find();
    };
  }

  private static boolean holds(long actual, Relation relation, long value) {
    if (actual == ABSENT) {
      return relation == Relation.UNEQUAL;
    }
    return switch (relation) {
      case EQUAL -> actual == value;
      case UNEQUAL -> actual != value;
      case LESS -> actual < value;
      case AT_MOST -> actual <= value;
      case MORE -> actual > value;
      case AT_LEAST -> actual >= value;
    };
  }

  private static long valueOf(Quantity quantity, Exchange exchange) {
    Timing timing = exchange.timing();
    boolean answered = exchange.response().seen();
    return switch (quantity) {
      case STATUS -> answered ? exchange.response().status() : ABSENT;
      case SIZE -> answered ? exchange.response().stats().bodyBytes() : ABSENT;
      case DURATION -> timing.end() - timing.start();
      case TTFB ->
          timing.requestLast() != 0 && timing.responseFirst() != 0
              ? timing.responseFirst() - timing.requestLast()
              : ABSENT;
    };
  }

  private static String valueOf(Text text, Exchange exchange) {
    return switch (text) {
      case METHOD -> exchange.request().method();
      case TARGET -> exchange.request().target();
      case HOST -> exchange.request().host();
      case INCOMPLETE -> exchange.complete() ? "" : exchange.outcome().text();
    };
  }
}
