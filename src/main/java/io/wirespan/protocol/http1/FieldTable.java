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
   * @param length of the name
   * @param kept whether the exchange keeps this field
   */
  record Entry(String name, int length, Role role, boolean kept) {}

  private static final Entry[] NO_ENTRIES = {};

  /** By the first letter of the name, in either case. */
  private final Entry[][] byFirstByte = new Entry[256][];

  /**
   * @param kept names, in lower case, of the fields to keep
   */
  FieldTable(Set<String> kept) {
    Arrays.fill(byFirstByte, NO_ENTRIES);
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
    if (name.isEmpty()) {
      return;
    }
    int first = name.charAt(0) & 0xff;
    Entry[] entries = byFirstByte[first];
    for (Entry entry : entries) {
      if (entry.name().equals(name)) {
        return;
      }
    }
    Entry[] more = Arrays.copyOf(entries, entries.length + 1);
    more[entries.length] = new Entry(name, name.length(), role, kept.contains(name));
    byFirstByte[first] = more;
    byFirstByte[Character.toUpperCase(name.charAt(0)) & 0xff] = more;
  }

  /**
   * The entry of the field in the line {@code [from, end)}, whose name may be in any case and have
   * blanks behind it; null if it is neither kept nor has a role. Looks for a colon only where a
   * known name would end.
   */
  Entry find(byte[] bytes, int from, int end) {
    for (Entry entry : byFirstByte[bytes[from] & 0xff]) {
      int nameEnd = from + entry.length();
      if (nameEnd < end
          && bytes[Bytes.skipBlanks(bytes, nameEnd, end - 1)] == ':'
          && Bytes.equalIgnoringCase(bytes, from, nameEnd, entry.name())) {
        return entry;
      }
    }
    return null;
  }
}
