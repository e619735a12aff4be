// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/**
 * Connections that wait for missing bytes, in the order in which they are to be looked at again.
 * Only for those that fall silent: the others look for themselves with each packet.
 */
final class WaitingQueue {
  private final long delayNanos;
  private TrackedConnection first;
  private TrackedConnection last;

  WaitingQueue(long delayNanos) {
    this.delayNanos = delayNanos;
  }

  void add(TrackedConnection connection, long epochNanos) {
    if (connection.isQueued) {
      return;
    }
    connection.isQueued = true;
    connection.dueEpochNanos = epochNanos + delayNanos;
    connection.previousQueued = last;
    if (last == null) {
      first = connection;
    } else {
      last.nextQueued = connection;
    }
    last = connection;
  }

  void remove(TrackedConnection connection) {
    if (!connection.isQueued) {
      return;
    }
    TrackedConnection previous = connection.previousQueued;
    TrackedConnection next = connection.nextQueued;
    if (previous == null) {
      first = next;
    } else {
      previous.nextQueued = next;
    }
    if (next == null) {
      last = previous;
    } else {
      next.previousQueued = previous;
    }
    connection.isQueued = false;
    connection.previousQueued = null;
    connection.nextQueued = null;
  }

  /** Takes out the next connection that is due, or null. */
  TrackedConnection poll(long epochNanos) {
    TrackedConnection connection = first;
    if (connection == null || epochNanos - connection.dueEpochNanos < 0) {
      return null;
    }
    remove(connection);
    return connection;
  }
}
