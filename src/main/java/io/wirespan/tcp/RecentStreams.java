// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/**
 * Connections by what the source of the packets calls their streams, so that a packet's endpoints
 * need not be looked at. Direct-mapped: a newcomer replaces what has its slot, and who is not found
 * here is found by its {@link ConnectionKey}.
 */
final class RecentStreams {
  private static final int SLOT_BITS = 13;

  private final TrackedConnection[] slots = new TrackedConnection[1 << SLOT_BITS];

  /** The connection that has the stream, or null. */
  TrackedConnection find(long streamId) {
    TrackedConnection connection = slots[slot(streamId)];
    return connection != null && connection.hasStream(streamId) ? connection : null;
  }

  /** Takes note that one side of the connection sends this stream; the id is not 0. */
  void note(TrackedConnection connection, long streamId, int side) {
    int slot = slot(streamId);
    if (slots[slot] != connection || !connection.hasStream(streamId)) {
      remove(connection);
      connection.nameStream(streamId, side);
      slots[slot] = connection;
    }
  }

  void remove(TrackedConnection connection) {
    int slot = slot(connection.streamIdOf0());
    if (slots[slot] == connection) {
      slots[slot] = null;
    }
  }

  /** The two streams of a connection differ in the lowest bit of their ids. */
  private static int slot(long streamId) {
    return (int) ((streamId >>> 1) * 0x9e3779b97f4a7c15L >>> Long.SIZE - SLOT_BITS);
  }
}
