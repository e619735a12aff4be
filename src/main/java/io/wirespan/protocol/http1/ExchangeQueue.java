// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import io.wirespan.protocol.ExchangeHandler;
import io.wirespan.protocol.Outcome;
import io.wirespan.tcp.Connection;
import java.util.Arrays;

/** Exchanges in the order of their requests; a ring that grows. Its user bounds it. */
final class ExchangeQueue {
  static final int NONE = -1;

  /** How many requests may lie between one that goes on and the latest. */
  private static final int MAX_DISTANCE = 16;

  private OpenExchange[] ring = new OpenExchange[4];
  private int head;
  private int size;

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** The {@code index}th oldest, from 0. */
  OpenExchange get(int index) {
    return ring[head + index & ring.length - 1];
  }

  OpenExchange first() {
    return get(0);
  }

  OpenExchange last() {
    return get(size - 1);
  }

  void add(OpenExchange exchange) {
    if (size == ring.length) {
      OpenExchange[] larger = new OpenExchange[2 * size];
      for (int i = 0; i < size; i++) {
        larger[i] = get(i);
      }
      ring = larger;
      head = 0;
    }
    ring[head + size++ & ring.length - 1] = exchange;
  }

  /** Takes an exchange out wherever it stands; quick for the oldest one. */
  void remove(OpenExchange exchange) {
    int index = 0;
    while (index < size && get(index) != exchange) {
      index++;
    }
    if (index == size) {
      return;
    }
    for (; index > 0; index--) {
      ring[head + index & ring.length - 1] = get(index - 1);
    }
    ring[head] = null;
    head = head + 1 & ring.length - 1;
    size--;
  }

  /**
   * The latest one whose request was sent when the client had received just this much, unless one
   * before it may have been sent then too.
   */
  int indexAcknowledging(long offset) {
    int index = size - 1;
    while (index >= 0 && get(index).request().acknowledgedOffset() != offset) {
      index--;
    }
    for (int i = 0; i < index; i++) {
      if (!get(i).request().hasAcknowledged() && get(i).responseLoss() == Outcome.COMPLETE) {
        return NONE;
      }
    }
    return index;
  }

  /**
   * Marks all that wait for their response, but for {@code responding}, which has part of it, and
   * those whose client had received the server's stream up to {@code offset} or beyond.
   */
  void loseResponses(Outcome cause, OpenExchange responding, long offset) {
    for (int i = size - 1; i >= 0; i--) {
      OpenExchange exchange = get(i);
      if (exchange.responseLoss() != Outcome.COMPLETE) {
        return; // Those before one that is marked are marked.
      }
      boolean later = exchange.request().acknowledgedOffset() >= offset;
      if (!later && !exchange.response().begun() && exchange != responding) {
        exchange.loseResponse(cause);
      }
    }
  }

  /**
   * The latest one that a response which begins at {@code nanos} may answer, if those before it
   * have lost theirs.
   */
  int indexAnswerable(long nanos) {
    int index = 0;
    while (index + 1 < size
        && get(index).responseLoss() != Outcome.COMPLETE
        && get(index + 1).request().firstNanos() <= nanos) {
      index++;
    }
    return index;
  }

  /**
   * Whether the response to the oldest one must have been missed if its client goes on with another
   * request.
   */
  boolean isFirstUnanswerable(OpenExchange responding) {
    return size > 0
        && first() != responding
        && first().responseLoss() != Outcome.COMPLETE
        && !first().response().begun()
        && !first().request().inProgress();
  }

  void failAll(Outcome cause) {
    for (int i = 0; i < size; i++) {
      get(i).fail(cause);
    }
  }

  /** Tells each as it is now. */
  void tell(Connection connection, ExchangeHandler to) {
    for (int i = 0; i < size; i++) {
      if (get(i).reportable()) {
        to.onExchange(get(i).build(connection).stillOpen());
      }
    }
  }

  /** Counts a segment that was repeated, or early, for the request that its offset lies in. */
  void countRequestSegment(long offset, boolean repeated) {
    for (int i = size - 1; i >= Math.max(0, size - MAX_DISTANCE); i--) {
      get(i).request().countSegment(offset, repeated);
    }
  }

  void clear() {
    Arrays.fill(ring, null);
    size = 0;
  }
}
