// SPDX-License-Identifier: Apache-2.0
package io.wirespan.evidence;

import io.wirespan.protocol.Exchange;

/**
 * A condition on exchanges, as an operator writes it: {@code status>=500 and target =~ '^/api'}.
 *
 * <pre>
 *   condition   all {or all}
 *   all         one {and one}
 *   one         not one | ( condition ) | complete | incomplete | comparison
 *   comparison  status|size|duration|ttfb == != > >= < <= number
 *               method|target|host|incomplete == != =~ text
 * </pre>
 *
 * <p>Durations have a unit: {@code us}, {@code ms} or {@code s}. Text with spaces, parentheses,
 * quotes or operators in it stands in single or double quotes. {@code =~} is true if the regular
 * expression is found anywhere in the text. Of what was not seen only {@code !=} is true.
 */
public final class Condition {
  public static final String DEFAULT = "status>=500 or duration>1s or incomplete";

  private final String text;
  private final Expression expression;

  private Condition(String text, Expression expression) {
    this.text = text;
    this.expression = expression;
  }

  public static Condition parse(String text) throws ConditionException {
    return new Condition(text, new ConditionParser(text).parse());
  }

  public boolean test(Exchange exchange) {
    return expression.test(exchange);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Condition condition && condition.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
