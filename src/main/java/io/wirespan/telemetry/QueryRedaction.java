// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import java.util.List;
import java.util.Set;

/**
 * Replaces the values of query parameters that look like secrets by {@code REDACTED}: by the
 * parameter's name, and JSON web tokens by themselves. The names that the HTTP conventions of
 * OpenTelemetry list are among them (AWSAccessKeyId, Signature, sig, X-Goog-Signature).
 */
final class QueryRedaction {
  static final String REDACTED = "REDACTED";

  /** A name is secret if, without punctuation and in lower case, it is one of these. */
  private static final Set<String> WHOLE = Set.of("key", "pass", "pwd", "sid", "jwt");

  /** A name is secret if one of its words is one of these. */
  private static final Set<String> WORDS = Set.of("auth", "otp", "pwd", "sig", "token");

  /** A name is secret if, without punctuation and in lower case, it contains one of these. */
  private static final List<String> PARTS =
      List.of(
          "accesskey",
          "accountkey",
          "apikey",
          "authkey",
          "authorization",
          "credential",
          "passphrase",
          "passw",
          "privatekey",
          "secret",
          "sessionid",
          "signature",
          "subscriptionkey");

  private static final int SHORTEST_NAME = 3;
  private static final int SHORTEST_PART = "passw".length();
  private static final String JSON_WEB_TOKEN = "eyJ";

  private QueryRedaction() {}

  /**
   * The query without its secrets; the same object if it holds none.
   *
   * @param query what follows the question mark
   */
  static String redact(String query) {
    StringBuilder redacted = null;
    int copied = 0;
    int name = 0;
    for (int at = 0; at < query.length(); at++) {
      char character = query.charAt(at);
      // Some servers take ';' for '&': it begins a name, but does not end a secret.
      if (character == '&' || character == ';') {
        name = at + 1;
      } else if (character == '=' && isSecret(query, name, at)) {
        redacted = redacted == null ? new StringBuilder(query.length()) : redacted;
        redacted.append(query, copied, at + 1).append(REDACTED);
        copied = end(query, at, false);
        at = copied - 1;
      } else if (character == '=') {
        at = end(query, at, true) - 1;
      }
    }
    return redacted == null ? query : redacted.append(query, copied, query.length()).toString();
  }

  private static int end(String query, int from, boolean atSemicolon) {
    int at = from;
    while (at < query.length()
        && query.charAt(at) != '&'
        && !(atSemicolon && query.charAt(at) == ';')) {
      at++;
    }
    return at;
  }

  private static boolean isSecret(String query, int name, int equals) {
    boolean empty = equals + 1 == query.length() || query.charAt(equals + 1) == '&';
    return !empty
        && (query.startsWith(JSON_WEB_TOKEN, equals + 1)
            || equals - name >= SHORTEST_NAME && isSecretName(query, name, equals));
  }

  private static boolean isSecretName(String query, int from, int to) {
    StringBuilder letters = new StringBuilder(to - from);
    int word = 0;
    boolean lowerBefore = false;
    for (int i = from; i < to; i++) {
      int character = query.charAt(i);
      if (character == '%' && i + 2 < to) {
        // Names may be percent-encoded to slip past a filter like this one.
        character = Character.digit(query.charAt(i + 1), 16) * 16;
        character += Character.digit(query.charAt(i + 2), 16);
        i += 2;
      }
      boolean upper = character >= 'A' && character <= 'Z';
      boolean letter = upper || character >= 'a' && character <= 'z';
      if (!letter || upper && lowerBefore) {
        if (WORDS.contains(letters.substring(word))) {
          return true;
        }
        word = letters.length();
      }
      if (letter) {
        letters.append((char) (character | 0x20));
      }
      lowerBefore = letter && !upper;
    }
    return WORDS.contains(letters.substring(word)) || isSecretText(letters.toString());
  }

  private static boolean isSecretText(String letters) {
    if (WHOLE.contains(letters) || letters.endsWith("token")) {
      return true;
    }
    if (letters.length() < SHORTEST_PART) {
      return false;
    }
    for (int i = 0; i < PARTS.size(); i++) {
      if (letters.contains(PARTS.get(i))) {
        return true;
      }
    }
    return false;
  }
}
