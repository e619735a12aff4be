// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import io.wirespan.protocol.ProtocolLimits;
import io.wirespan.tcp.PacketStamp;
import java.util.function.Consumer;

/** Whole responses in order, for which a request may yet be delivered. */
final class WaitingResponses {
  private final ExchangeQueue queue = new ExchangeQueue();
  private final ProtocolLimits limits;
  private final Consumer<OpenExchange> unrequested;

  /**
   * @param unrequested takes responses for which no request will come any more
   */
  WaitingResponses(ProtocolLimits limits, Consumer<OpenExchange> unrequested) {
    this.limits = limits;
    this.unrequested = unrequested;
  }

  void add(OpenExchange exchange) {
    queue.add(exchange);
    if (queue.size() > limits.waitingResponses()) {
      unrequested.accept(queue.poll());
    }
  }

  /**
   * Takes out the answer to the request that begins with {@code request}, and gives up those before
   * it; null if there is none.
   *
   * @param lossless whether everything was seen, so that the first one is the answer
   * @param byOffset see {@link OpenExchange#relationTo}
   */
  OpenExchange takeAnswer(PacketStamp request, boolean lossless, boolean byOffset) {
    while (!queue.isEmpty()) {
      if (lossless) {
        return queue.poll();
      }
      switch (queue.first().relationTo(request, byOffset)) {
        case ANSWER -> {
          return queue.poll();
        }
        case LATER -> {
          return null;
        }
        case EARLIER -> unrequested.accept(queue.poll());
      }
    }
    return null;
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  /** Gives up those that have waited for too long by {@code nanos}. */
  void giveUpOverdue(long nanos) {
    while (!queue.isEmpty() && nanos - queue.first().answeredNanos() > limits.reorderNanos()) {
      unrequested.accept(queue.poll());
    }
  }

  void giveUpAll() {
    while (!queue.isEmpty()) {
      unrequested.accept(queue.poll());
    }
  }

  /** Forgets them: they were not HTTP. */
  void clear() {
    queue.clear();
  }
}
