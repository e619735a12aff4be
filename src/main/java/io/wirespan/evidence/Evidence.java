// SPDX-License-Identifier: Apache-2.0
package io.wirespan.evidence;

import io.wirespan.capture.Packet;
import io.wirespan.capture.SetupException;
import io.wirespan.evidence.EvidenceDirectory.Content;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Timing;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.ConnectionObserver;
import io.wirespan.tcp.Flow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps the packets of open connections for a while, and writes those of the exchanges that a
 * {@link Condition} is true for to files. For one capture thread, which also writes the files.
 *
 * <p>A file holds the connection's handshake and all its packets from the exchange's first byte to
 * the packet that ended it, so that reading the file gives the exchange again.
 */
public final class Evidence implements ConnectionObserver {
  private static final int MEMORY_BYTES = 64 << 20;
  private static final int CONNECTION_BYTES = 4 << 20;

  private final EvidenceDirectory directory;
  private final Condition when;
  private final BlockPool pool;
  private final int connectionBytes;
  private final Map<Connection, ConnectionPackets> byConnection = new HashMap<>();
  private final Map<Flow, ConnectionPackets> byFlow = new HashMap<>();
  private long clockCorrectionNanos;
  private long written;
  private long skipped;
  private long failed;
  private long packetsDropped;

  Evidence(EvidenceDirectory directory, Condition when, BlockPool pool, int connectionBytes) {
    this.directory = directory;
    this.when = when;
    this.pool = pool;
    this.connectionBytes = connectionBytes;
  }

  /**
   * @throws SetupException if there is no such directory and none can be made
   */
  public static Evidence open(EvidenceOptions options) throws SetupException {
    return open(options, 1).getFirst();
  }

  /**
   * Opens one for each of several workers. They share the directory, its bounds, and the memory.
   *
   * @throws SetupException if there is no such directory and none can be made
   */
  public static List<Evidence> open(EvidenceOptions options, int workers) throws SetupException {
    EvidenceDirectory directory =
        EvidenceDirectory.open(options.directory(), options.maxFiles(), options.maxBytes());
    List<Evidence> all = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      BlockPool pool = new BlockPool(MEMORY_BYTES / workers);
      all.add(new Evidence(directory, options.when(), pool, CONNECTION_BYTES));
    }
    return all;
  }

  @Override
  public void onPacket(Connection connection, Packet packet, boolean handshake) {
    ConnectionPackets packets = byConnection.get(connection);
    if (packets == null) {
      packets = new ConnectionPackets(pool, packet.capturedOn(), connectionBytes);
      byConnection.put(connection, packets);
    }
    packetsDropped += packets.add(packet, handshake);
  }

  @Override
  public void onTraced(Connection connection) {
    byFlow.put(connection.flow(), byConnection.get(connection));
  }

  @Override
  public void onForgotten(Connection connection) {
    ConnectionPackets packets = byConnection.remove(connection);
    if (packets != null) {
      packets.release();
      // Of one that was never traced there is no flow, and nothing to remove.
      byFlow.remove(connection.flow());
    }
  }

  /** The exchanges to come bear times that are ahead of their packets' by so much. */
  public void clockCorrection(long nanos) {
    clockCorrectionNanos = nanos;
  }

  /** An exchange has ended; its connection is not forgotten yet. */
  public void onExchange(Exchange exchange, String traceId, String spanId) {
    ConnectionPackets packets = byFlow.get(exchange.flow());
    if (packets == null) {
      return;
    }
    Timing timing = exchange.timing();
    long from =
        packets.begin(timing.start() - clockCorrectionNanos, timing.end() - clockCorrectionNanos);
    boolean oneAfterTheOther = isHttp1(exchange);
    long first = oneAfterTheOther ? from : Long.MIN_VALUE;
    // A session (WebSocket, TCP) has neither, and is long by nature.
    boolean exchanged = exchange.request().seen() || exchange.response().seen();
    if (exchanged && when.test(exchange)) {
      // With a handshake what was said before the exchange is missed, and where no response is
      // there
      // to prove the contrary it may have been in what was missed.
      boolean withHandshake = exchange.response().seen() || packets.isWholeFrom(first);
      Content content =
          writer -> packets.writeTo(writer, withHandshake, first, clockCorrectionNanos);
      write(traceId + '-' + spanId, packets.fileBytes(), content);
    }
    packets.forgetBefore(first);
  }

  /** In HTTP/2 what an exchange needs may be anywhere before it, HPACK's tables say. */
  private static boolean isHttp1(Exchange exchange) {
    return exchange.protocol().equals(Exchange.HTTP_1_1)
        || exchange.protocol().equals(Exchange.HTTP_1_0);
  }

  private void write(String name, long bytes, Content content) {
    switch (directory.write(name, bytes, content)) {
      case WRITTEN -> written++;
      case NO_ROOM -> skipped++;
      case FAILED -> failed++;
    }
  }

  public EvidenceCounters counters() {
    return new EvidenceCounters(written, skipped, failed, packetsDropped);
  }
}
