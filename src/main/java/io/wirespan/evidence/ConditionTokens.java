// SPDX-License-Identifier: Apache-2.0
package io.wirespan.evidence;

import java.util.List;

/** The words, texts and symbols of a {@link Condition}, one after the other. */
final class ConditionTokens {
  private enum Kind {
    WORD,
    QUOTED,
    OPERATOR,
    PARENTHESIS,
    END
  }

  /** Those that begin like others stand after them. */
  private static final List<String> OPERATORS = List.of("==", "!=", ">=", "<=", "=~", ">", "<");

  private static final String NOT_IN_WORDS = "()'\"=!<>~";

  private final String input;
  private int next;
  private Kind kind = Kind.END;
  private String text = "";
  private int position;

  ConditionTokens(String input) {
    this.input = input;
  }

  /** Goes to the next token, the first one to begin with. */
  void advance() throws ConditionException {
    while (next < input.length() && Character.isWhitespace(input.charAt(next))) {
      next++;
    }
    position = next;
    if (next == input.length()) {
      kind = Kind.END;
      text = "";
      return;
    }
    char first = input.charAt(next);
    if (first == '(' || first == ')') {
      take(Kind.PARENTHESIS, next + 1);
    } else if (first == '\'' || first == '"') {
      takeQuoted(first);
    } else if (NOT_IN_WORDS.indexOf(first) >= 0) {
      takeOperator();
    } else {
      takeWord();
    }
  }

  private void take(Kind taken, int end) {
    kind = taken;
    text = input.substring(next, end);
    next = end;
  }

  private void takeQuoted(char quote) throws ConditionException {
    int end = input.indexOf(quote, next + 1);
    if (end < 0) {
      throw new ConditionException(position, "the text that begins here has no end");
    }
    kind = Kind.QUOTED;
    text = input.substring(next + 1, end);
    next = end + 1;
  }

  private void takeOperator() throws ConditionException {
    for (String operator : OPERATORS) {
      if (input.startsWith(operator, next)) {
        take(Kind.OPERATOR, next + operator.length());
        return;
      }
    }
    throw new ConditionException(position, "no such operator (==, !=, >, >=, <, <=, =~)");
  }

  private void takeWord() {
    int end = next;
    while (end < input.length()
        && !Character.isWhitespace(input.charAt(end))
        && NOT_IN_WORDS.indexOf(input.charAt(end)) < 0) {
      end++;
    }
    take(Kind.WORD, end);
  }

  /** Goes on if the token is this word. */
  boolean skipWord(String word) throws ConditionException {
    return skip(Kind.WORD, word);
  }

  boolean skipSymbol(String symbol) throws ConditionException {
    return skip(Kind.PARENTHESIS, symbol);
  }

  private boolean skip(Kind wanted, String wantedText) throws ConditionException {
    boolean found = kind == wanted && text.equals(wantedText);
    if (found) {
      advance();
    }
    return found;
  }

  boolean isWord() {
    return kind == Kind.WORD;
  }

  /** Whether it can stand for a text: in quotes, or a word. */
  boolean isText() {
    return kind == Kind.QUOTED || kind == Kind.WORD;
  }

  boolean isOperator() {
    return kind == Kind.OPERATOR;
  }

  boolean isEnd() {
    return kind == Kind.END;
  }

  /** What the token says; a text without its quotes. */
  String text() {
    return text;
  }

  /** Where the token begins, from 0. */
  int position() {
    return position;
  }

  String described() {
    return kind == Kind.END ? "the end" : text;
  }
}
