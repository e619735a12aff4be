// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The interfaces that a capture file has announced. A later section that describes the same one
 * (same place, name and link type) continues it, so that connections live on across the sections of
 * concatenated files.
 */
final class InterfaceTable {
  /** Far more than any capture has; a file that announces more is damaged. */
  static final int MAX_INTERFACES = 65_536;

  private static final int MAX_NAME = 128;

  private record Key(int position, String name, int linkNumber) {}

  private final Side side;
  private final List<CaptureInterface> interfaces = new ArrayList<>();
  private final Map<Key, CaptureInterface> byKey = new HashMap<>();
  private final SortedSet<Integer> unsupportedLinkNumbers = new TreeSet<>();

  InterfaceTable(Side side) {
    this.side = side;
  }

  boolean full() {
    return interfaces.size() == MAX_INTERFACES;
  }

  /**
   * @param position in its section, from 0
   * @param name as the file gives it; may be empty
   * @param linkNumber of the LINKTYPE_ registry
   */
  CaptureInterface announce(int position, String name, int linkNumber) {
    String printableName = printable(name);
    return byKey.computeIfAbsent(
        new Key(position, printableName, linkNumber),
        key -> {
          LinkType linkType = LinkType.of(linkNumber);
          if (linkType == LinkType.UNSUPPORTED) {
            unsupportedLinkNumbers.add(linkNumber);
          }
          int id = interfaces.size();
          CaptureInterface added =
              new CaptureInterface(id, printableName, 0, linkType, side, Optional.empty());
          interfaces.add(added);
          return added;
        });
  }

  /** Names end up on terminals, and a file may hold anything. */
  private static String printable(String name) {
    String shortName = name.length() > MAX_NAME ? name.substring(0, MAX_NAME) : name;
    return shortName.replaceAll("\\p{Cntrl}", "?");
  }

  List<CaptureInterface> interfaces() {
    return Collections.unmodifiableList(interfaces);
  }

  SortedSet<Integer> unsupportedLinkNumbers() {
    return Collections.unmodifiableSortedSet(unsupportedLinkNumbers);
  }
}
