// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/** Connections in the same state, the least recently used one first. Linked through themselves. */
final class ConnectionList {
  private TrackedConnection first;
  private TrackedConnection last;
  private int size;

  /** The least recently used connection, or null. */
  TrackedConnection first() {
    return first;
  }

  int size() {
    return size;
  }

  /** Adds a connection that is in no list. */
  void add(TrackedConnection connection) {
    connection.list = this;
    connection.previous = last;
    if (last == null) {
      first = connection;
    } else {
      last.next = connection;
    }
    last = connection;
    size++;
  }

  /** Removes a connection that is in this list. */
  void remove(TrackedConnection connection) {
    TrackedConnection previous = connection.previous;
    TrackedConnection next = connection.next;
    if (previous == null) {
      first = next;
    } else {
      previous.next = next;
    }
    if (next == null) {
      last = previous;
    } else {
      next.previous = previous;
    }
    connection.list = null;
    connection.previous = null;
    connection.next = null;
    size--;
  }

  /** Marks a connection of this list as the most recently used. */
  void touch(TrackedConnection connection) {
    if (connection != last) {
      remove(connection);
      add(connection);
    }
  }
}
