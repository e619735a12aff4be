// SPDX-License-Identifier: Apache-2.0
package io.wirespan.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.capture.CaptureFileSource;
import io.wirespan.capture.Captures;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketHandler;
import io.wirespan.capture.PacketSource;
import io.wirespan.capture.SetupException;
import io.wirespan.capture.TraceRules;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.ExchangeTracker;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.ProtocolCounters;
import io.wirespan.protocol.ProtocolLimits;
import io.wirespan.tcp.ConnectionTable;
import io.wirespan.tcp.IgnoreReason;
import io.wirespan.tcp.TcpCounters;
import io.wirespan.tcp.TcpLimits;
import io.wirespan.telemetry.ConfigurationException;
import io.wirespan.telemetry.OutputKind;
import io.wirespan.telemetry.Outputs;
import io.wirespan.telemetry.TestOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The whole pipeline, from the bytes of a capture to lines of JSON, with its books checked. */
public final class Replay implements PacketHandler {
  private final List<Exchange> exchanges = new ArrayList<>();
  private final ProtocolCounters protocol = new ProtocolCounters();
  private final ByteArrayOutputStream json = new ByteArrayOutputStream();
  private final Outputs outputs;
  private final ConnectionTable table;
  private long latestEpochNanos;
  private long packets;

  private Replay() {
    this.outputs = outputs(json);
    this.table =
        new ConnectionTable(
            new ExchangeTracker(
                this::onExchange, outputs.headerSelection(), ProtocolLimits.DEFAULTS, protocol),
            TraceRules.BY_CONTENT);
  }

  private static Outputs outputs(ByteArrayOutputStream to) {
    try {
      return Outputs.open(TestOptions.replay(to, OutputKind.JSON));
    } catch (ConfigurationException e) {
      throw new AssertionError("an empty environment", e);
    }
  }

  /**
   * Replays a capture, from its beginning to its end or to where it is damaged.
   *
   * @throws SetupException if the bytes are no capture
   * @throws IOException if the first packet is damaged
   */
  public static Replay of(byte[] capture) throws SetupException, IOException {
    Replay replay = new Replay();
    try (CaptureFileSource source = Captures.open(capture)) {
      while (source.poll(replay, 0) != PacketSource.END) {}
    } finally {
      replay.close();
    }
    return replay;
  }

  @Override
  public void onPacket(Packet packet) {
    packets++;
    latestEpochNanos = Math.max(latestEpochNanos, packet.timestampEpochNanos());
    table.onPacket(packet);
  }

  private void onExchange(Exchange exchange) {
    exchanges.add(exchange);
    outputs.onExchange(exchange);
  }

  private void close() {
    table.close(latestEpochNanos);
    outputs.close();
    checkBooks();
  }

  /** Every packet and every exchange was counted once, and nothing is kept. */
  private void checkBooks() {
    TcpCounters tcp = table.counters();
    long ignored = 0;
    for (IgnoreReason reason : IgnoreReason.values()) {
      ignored += tcp.ignored(reason);
    }
    assertThat(tcp.packets()).isEqualTo(packets).isEqualTo(tcp.segments() + ignored);
    assertThat(tcp.connectionsOpen()).isZero();
    assertThat(tcp.bufferedBytes()).isZero();
    assertThat(tcp.bufferedBytesPeak()).isLessThanOrEqualTo(TcpLimits.DEFAULT.buffers().maxBytes());
    Map<Outcome, Long> seen = new EnumMap<>(Outcome.class);
    exchanges.forEach(exchange -> seen.merge(exchange.outcome(), 1L, Long::sum));
    for (Outcome outcome : Outcome.values()) {
      assertThat(protocol.exchanges(outcome)).isEqualTo(seen.getOrDefault(outcome, 0L));
    }
    assertThat(lines()).hasSize(exchanges.size());
  }

  public List<Exchange> exchanges() {
    return exchanges;
  }

  public ProtocolCounters protocol() {
    return protocol;
  }

  public TcpCounters tcp() {
    return table.counters();
  }

  public String json() {
    return json.toString(StandardCharsets.US_ASCII);
  }

  public List<String> lines() {
    return json().lines().toList();
  }
}
