// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import java.util.Arrays;
import java.util.Set;

/** Finds the few field names that matter, without making a String of those that do not. */
final class FieldTable {
  /** What a field means to the framing of its message, or to the exchange. */
  enum Role {
    NONE,
    HOST,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    UPGRADE,
    EXPECT
  }

  /**
   * A field name in lower case.
   *
   * @param kept whether the exchange keeps this field
   */
  record Entry(String name, Role role, boolean kept) {}

  private static final Entry UNKNOWN = new Entry("", Role.NONE, false);
  private static final Entry[] NO_ENTRIES = {};

  private final Entry[][] byLength;
  private final boolean[] firstBytes = new boolean[256];

  /**
   * @param kept names, in lower case, of the fields to keep
   */
  FieldTable(Set<String> kept) {
    int longest = "transfer-encoding".length();
    for (String name : kept) {
      longest = Math.max(longest, name.length());
    }
    byLength = new Entry[longest + 1][];
    Arrays.fill(byLength, NO_ENTRIES);
    add("host", Role.HOST, kept);
    add("content-length", Role.CONTENT_LENGTH, kept);
    add("transfer-encoding", Role.TRANSFER_ENCODING, kept);
    add("upgrade", Role.UPGRADE, kept);
    add("expect", Role.EXPECT, kept);
    for (String name : kept) {
      add(name, Role.NONE, kept);
    }
  }

  private void add(String name, Role role, Set<String> kept) {
    Entry[] entries = byLength[name.length()];
    for (Entry entry : entries) {
      if (entry.name().equals(name)) {
        return;
      }
    }
    Entry[] more = Arrays.copyOf(entries, entries.length + 1);
    more[entries.length] = new Entry(name, role, kept.contains(name));
    byLength[name.length()] = more;
    if (!name.isEmpty()) {
      firstBytes[name.charAt(0) & 0xff] = true;
      firstBytes[Character.toUpperCase(name.charAt(0)) & 0xff] = true;
    }
  }

  /** Whether a name that matters begins like this; spares most lines the search for a colon. */
  boolean mayBegin(byte first) {
    return firstBytes[first & 0xff];
  }

  /** The entry of a name in any case; one that is neither kept nor has a role if there is none. */
  Entry find(byte[] bytes, int from, int to) {
    int length = to - from;
    if (length < byLength.length) {
      for (Entry entry : byLength[length]) {
        if (Bytes.equalIgnoringCase(bytes, from, to, entry.name())) {
          return entry;
        }
      }
    }
    return UNKNOWN;
  }
}
