// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the word that one that is not known was probably meant to be. */
final class Similarity {
  private static final int MOST_EDITS = 2;

  private Similarity() {}

  static Optional<String> closest(String word, Stream<String> known) {
    return known
        .filter(each -> distance(word, each) <= MOST_EDITS)
        .min(Comparator.comparingInt(each -> distance(word, each)));
  }

  /** An abbreviation is next to what it stands for. */
  private static int distance(String word, String known) {
    return known.startsWith(word) ? 0 : edits(word, known);
  }

  /** The Levenshtein distance: characters to put in, take out or change. */
  private static int edits(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int changed = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[to.length()];
  }
}
