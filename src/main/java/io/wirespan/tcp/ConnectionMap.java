// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import java.util.Arrays;
import java.util.Comparator;

/**
 * Connections by key: open addressing with linear probing, at most half full. The hashes stand
 * apart from the connections so that a probe that misses touches no connection.
 */
final class ConnectionMap {
  private static final int INITIAL_CAPACITY = 1024;

  private int[] hashes = new int[INITIAL_CAPACITY];
  private TrackedConnection[] connections = new TrackedConnection[INITIAL_CAPACITY];
  private int size;

  /** The connection with this key, or null. */
  TrackedConnection find(ConnectionKey key) {
    int mask = hashes.length - 1;
    int hash = key.hash();
    for (int slot = hash & mask; connections[slot] != null; slot = slot + 1 & mask) {
      if (hashes[slot] == hash && connections[slot].key().matches(key)) {
        return connections[slot];
      }
    }
    return null;
  }

  /** Adds a connection whose key is not in the map. */
  void add(TrackedConnection connection) {
    if (2 * size >= hashes.length) {
      grow();
    }
    place(connection);
    size++;
  }

  private void place(TrackedConnection connection) {
    int mask = hashes.length - 1;
    int slot = connection.key().hash() & mask;
    while (connections[slot] != null) {
      slot = slot + 1 & mask;
    }
    connections[slot] = connection;
    hashes[slot] = connection.key().hash();
  }

  private void grow() {
    TrackedConnection[] old = connections;
    connections = new TrackedConnection[2 * old.length];
    hashes = new int[2 * old.length];
    for (TrackedConnection connection : old) {
      if (connection != null) {
        place(connection);
      }
    }
  }

  /** Removes a connection that is in the map and closes the gap it leaves in its probe sequence. */
  void remove(TrackedConnection connection) {
    int mask = hashes.length - 1;
    int hole = connection.key().hash() & mask;
    while (connections[hole] != connection) {
      hole = hole + 1 & mask;
    }
    for (int slot = hole + 1 & mask; connections[slot] != null; slot = slot + 1 & mask) {
      int home = hashes[slot] & mask;
      // Whether the hole lies between the entry's home and where it stands, around the end.
      if ((slot - home & mask) >= (slot - hole & mask)) {
        connections[hole] = connections[slot];
        hashes[hole] = hashes[slot];
        hole = slot;
      }
    }
    connections[hole] = null;
    size--;
  }

  int size() {
    return size;
  }

  /** All connections in the order in which they began. */
  TrackedConnection[] inOrderOfCreation() {
    TrackedConnection[] all = new TrackedConnection[size];
    int count = 0;
    for (TrackedConnection connection : connections) {
      if (connection != null) {
        all[count++] = connection;
      }
    }
    Arrays.sort(all, Comparator.comparingLong(TrackedConnection::number));
    return all;
  }
}
