// SPDX-License-Identifier: Apache-2.0
package io.wirespan.evidence;

import io.wirespan.evidence.Expression.And;
import io.wirespan.evidence.Expression.Compared;
import io.wirespan.evidence.Expression.Complete;
import io.wirespan.evidence.Expression.Equal;
import io.wirespan.evidence.Expression.Found;
import io.wirespan.evidence.Expression.Not;
import io.wirespan.evidence.Expression.Or;
import io.wirespan.evidence.Expression.Quantity;
import io.wirespan.evidence.Expression.Relation;
import io.wirespan.evidence.Expression.Text;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Reads a {@link Condition} by recursive descent; its grammar stands there. */
final class ConditionParser {
  private static final Map<String, Quantity> QUANTITIES =
      Map.of(
          "status", Quantity.STATUS,
          "size", Quantity.SIZE,
          "duration", Quantity.DURATION,
          "ttfb", Quantity.TTFB);

  private static final Map<String, Text> TEXTS =
      Map.of(
          "method", Text.METHOD,
          "target", Text.TARGET,
          "host", Text.HOST,
          "incomplete", Text.INCOMPLETE);

  private static final Map<String, Relation> RELATIONS =
      Map.of(
          "==", Relation.EQUAL,
          "!=", Relation.UNEQUAL,
          "<", Relation.LESS,
          "<=", Relation.AT_MOST,
          ">", Relation.MORE,
          ">=", Relation.AT_LEAST);

  private static final String FIELDS =
      "status, size, duration, ttfb, method, target, host, complete or incomplete";

  /** Far more than anybody writes, and no danger to the stack. */
  private static final int MAX_DEPTH = 100;

  private final ConditionTokens tokens;
  private int depth;

  ConditionParser(String text) {
    this.tokens = new ConditionTokens(text);
  }

  Expression parse() throws ConditionException {
    tokens.advance();
    Expression whole = any();
    if (!tokens.isEnd()) {
      throw expected("and, or, or the end");
    }
    return whole;
  }

  private Expression any() throws ConditionException {
    Expression left = all();
    while (tokens.skipWord("or")) {
      left = new Or(left, all());
    }
    return left;
  }

  private Expression all() throws ConditionException {
    Expression left = one();
    while (tokens.skipWord("and")) {
      left = new And(left, one());
    }
    return left;
  }

  private Expression one() throws ConditionException {
    if (depth++ == MAX_DEPTH) {
      throw new ConditionException(tokens.position(), "nested too deep");
    }
    Expression expression;
    if (tokens.skipWord("not")) {
      expression = new Not(one());
    } else if (tokens.skipSymbol("(")) {
      expression = any();
      if (!tokens.skipSymbol(")")) {
        throw expected(")");
      }
    } else {
      expression = comparison();
    }
    depth--;
    return expression;
  }

  private Expression comparison() throws ConditionException {
    String field = tokens.isWord() ? tokens.text() : "";
    if (field.equals("complete")) {
      tokens.advance();
      return new Complete();
    }
    if (QUANTITIES.containsKey(field)) {
      tokens.advance();
      return compareQuantity(QUANTITIES.get(field));
    }
    if (TEXTS.containsKey(field)) {
      tokens.advance();
      boolean alone = !tokens.isOperator();
      return alone && field.equals("incomplete")
          ? new Not(new Complete())
          : compareText(TEXTS.get(field));
    }
    throw expected(FIELDS);
  }

  private Expression compareQuantity(Quantity quantity) throws ConditionException {
    if (!tokens.isOperator() || !RELATIONS.containsKey(tokens.text())) {
      throw expected("==, !=, >, >=, < or <=");
    }
    Relation relation = RELATIONS.get(tokens.text());
    tokens.advance();
    boolean time = quantity == Quantity.DURATION || quantity == Quantity.TTFB;
    String what = time ? "a number with us, ms or s" : "a number";
    if (!tokens.isWord()) {
      throw expected(what);
    }
    long value = time ? nanos(tokens.text()) : number(tokens.text());
    if (value < 0) {
      throw expected(what);
    }
    tokens.advance();
    return new Compared(quantity, relation, value);
  }

  /** Negative if it is none. */
  private static long number(String text) {
    return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : -1;
  }

  /** Negative if it is none. */
  private static long nanos(String text) {
    String digits = text.replaceFirst("(us|ms|s)$", "");
    if (digits.length() == text.length() || !digits.matches("[0-9]{1,9}(\\.[0-9]{1,9})?")) {
      return -1;
    }
    double unit = text.endsWith("us") ? 1e3 : text.endsWith("ms") ? 1e6 : 1e9;
    return Math.round(Double.parseDouble(digits) * unit);
  }

  private Expression compareText(Text field) throws ConditionException {
    String operator = tokens.isOperator() ? tokens.text() : "";
    if (!operator.equals("==") && !operator.equals("!=") && !operator.equals("=~")) {
      throw expected("==, != or =~");
    }
    tokens.advance();
    if (!tokens.isText()) {
      throw expected("a text");
    }
    Expression comparison =
        operator.equals("=~")
            ? new Found(field, pattern(tokens.text()))
            : new Equal(field, tokens.text());
    tokens.advance();
    return operator.equals("!=") ? new Not(comparison) : comparison;
  }

  private Pattern pattern(String regex) throws ConditionException {
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      String why = "no regular expression: " + e.getDescription();
      throw new ConditionException(tokens.position(), why);
    }
  }

  private ConditionException expected(String what) {
    return new ConditionException(
        tokens.position(), what + " is expected, not " + tokens.described());
  }
}
