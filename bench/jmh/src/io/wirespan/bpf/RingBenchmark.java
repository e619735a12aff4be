// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import io.wirespan.capture.PacketSource;
import io.wirespan.capture.TraceRules;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.ExchangeTracker;
import io.wirespan.protocol.HeaderSelection;
import io.wirespan.protocol.ProtocolCounters;
import io.wirespan.protocol.ProtocolLimits;
import io.wirespan.tcp.ConnectionTable;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A whole ring of small exchanges, in the state that the kernel leaves it in: only walked, and all
 * the way to finished exchanges. The score is per ring; {@link SyntheticTraffic#exchanges} tells
 * how many exchanges that is, each of two records.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
public class RingBenchmark {
  private final SyntheticTraffic traffic = new SyntheticTraffic();
  private final PacketSource source = traffic.source();
  private final ConnectionTable table =
      new ConnectionTable(
          new ExchangeTracker(
              this::onExchange,
              new HeaderSelection(Set.of(), Set.of()),
              ProtocolLimits.DEFAULTS,
              new ProtocolCounters()),
          TraceRules.BY_CONTENT);
  private long exchanges;
  private long walked;

  private void onExchange(Exchange exchange) {
    exchanges++;
  }

  @Setup(Level.Invocation)
  public void refill() {
    traffic.refill();
  }

  @Benchmark
  public long walk() throws IOException {
    source.poll(packet -> walked += packet.capturedLength(), 0);
    return walked;
  }

  @Benchmark
  public long trace() throws IOException {
    long before = exchanges;
    source.poll(table, 0);
    if (exchanges - before != traffic.exchanges()) {
      throw new IllegalStateException("exchanges=" + (exchanges - before));
    }
    return exchanges;
  }
}
