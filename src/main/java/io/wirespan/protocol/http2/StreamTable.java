// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

/**
 * The open streams of a connection by their id, and in the order in which they were opened. Open
 * addressing, as ids come close together; its user bounds it.
 */
final class StreamTable {
  private OpenStream[] slots = new OpenStream[8];
  private int size;
  private OpenStream oldest;
  private OpenStream newest;

  int size() {
    return size;
  }

  /** Null if there is none. */
  OpenStream get(int id) {
    return slots[slotOf(id)];
  }

  /** Null if there is none; {@link OpenStream#newer} leads to the others. */
  OpenStream oldest() {
    return oldest;
  }

  void add(OpenStream stream) {
    if (2 * size >= slots.length) {
      grow();
    }
    slots[slotOf(stream.id())] = stream;
    size++;
    stream.older = newest;
    if (newest == null) {
      oldest = stream;
    } else {
      newest.newer = stream;
    }
    newest = stream;
  }

  void remove(OpenStream stream) {
    int slot = slotOf(stream.id());
    if (slots[slot] != stream) {
      return;
    }
    unlink(stream);
    size--;
    slots[slot] = null;
    // What could not have its own slot because of this one moves up.
    int next = slot;
    while (slots[next = next + 1 & slots.length - 1] != null) {
      int home = homeOf(slots[next].id());
      if ((next - home & slots.length - 1) >= (next - slot & slots.length - 1)) {
        slots[slot] = slots[next];
        slots[next] = null;
        slot = next;
      }
    }
  }

  private void unlink(OpenStream stream) {
    if (stream.older == null) {
      oldest = stream.newer;
    } else {
      stream.older.newer = stream.newer;
    }
    if (stream.newer == null) {
      newest = stream.older;
    } else {
      stream.newer.older = stream.older;
    }
  }

  /** Where the stream is, or would be. */
  private int slotOf(int id) {
    int slot = homeOf(id);
    while (slots[slot] != null && slots[slot].id() != id) {
      slot = slot + 1 & slots.length - 1;
    }
    return slot;
  }

  private int homeOf(int id) {
    return id >> 1 & slots.length - 1;
  }

  private void grow() {
    OpenStream[] smaller = slots;
    slots = new OpenStream[2 * smaller.length];
    for (OpenStream stream : smaller) {
      if (stream != null) {
        slots[slotOf(stream.id())] = stream;
      }
    }
  }
}
