// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Timing;
import io.wirespan.tcp.Endpoint;
import io.wirespan.tcp.Flow;

/**
 * Ids for capture files: a hash of the exchange, so that a file, or a part of it, always gives the
 * same ids. Exchanges that are equal in all that is hashed share their packets (pipelining), so
 * they end one after the other, and are told apart by counting.
 */
final class ReplayIds implements IdSource {
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private long previous;
  private long repeats;
  private long hash;

  @Override
  public void next(Exchange exchange) {
    long content = hash(exchange);
    repeats = content == previous ? repeats + 1 : 0;
    previous = content;
    hash = mix(content + repeats);
  }

  private static long hash(Exchange exchange) {
    Flow flow = exchange.flow();
    Timing timing = exchange.timing();
    long state = add(add(0, flow.client()), flow.server());
    state = add(add(state, timing.requestFirst()), timing.requestLast());
    state = add(add(state, timing.responseFirst()), timing.responseLast());
    state = add(state, exchange.request().method().hashCode());
    state = add(state, exchange.request().target().hashCode());
    return add(state, exchange.response().status());
  }

  private static long add(long state, Endpoint endpoint) {
    return add(add(add(state, endpoint.addressHigh()), endpoint.addressLow()), endpoint.port());
  }

  private static long add(long state, long value) {
    return mix(state * 31 + value + GOLDEN_GAMMA);
  }

  /** The finalizer of SplitMix64: every bit of the input changes half of the output's. */
  private static long mix(long value) {
    long mixed = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
    return mixed ^ mixed >>> 31;
  }

  private long derive(int index) {
    long value = mix(hash + index * GOLDEN_GAMMA);
    return value == 0 ? 1 : value;
  }

  @Override
  public long traceIdHigh() {
    return derive(1);
  }

  @Override
  public long traceIdLow() {
    return derive(2);
  }

  @Override
  public long spanId() {
    return derive(3);
  }
}
