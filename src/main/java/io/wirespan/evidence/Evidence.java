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
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the packets of open connections for a while, and writes those of the exchanges that a
 * {@link Condition} is true for to files. For the capture thread, which also writes the files.
 *
 * <p>A file holds the connection's handshake and all its packets from the exchange's first byte to
 * the packet that ended it, so that reading the file gives the exchange again.
 */
public final class Evidence implements ConnectionObserver {
  private static final Logger LOG = LoggerFactory.getLogger(Evidence.class);
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

  /** Whether the last file could not be written, so that it was said. */
  private boolean troubled;

  Evidence(EvidenceOptions options, BlockPool pool, int connectionBytes) throws SetupException {
    this.directory =
        EvidenceDirectory.open(options.directory(), options.maxFiles(), options.maxBytes());
    this.when = options.when();
    this.pool = pool;
    this.connectionBytes = connectionBytes;
  }

  /**
   * @throws SetupException if there is no such directory and none can be made
   */
  public static Evidence open(EvidenceOptions options) throws SetupException {
    return new Evidence(options, new BlockPool(MEMORY_BYTES), CONNECTION_BYTES);
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
    try {
      if (!directory.hasRoom(bytes)) {
        skipped++;
        complain("the directory holds as much as it may; take files away to make room");
        return;
      }
      directory.write(name, content);
      written++;
      troubled = false;
    } catch (IOException e) {
      failed++;
      complain(EvidenceDirectory.reason(e));
    }
  }

  private void complain(String why) {
    if (!troubled) {
      troubled = true;
      LOG.warn("evidence is not written: {}; tracing goes on", why);
    }
  }

  public EvidenceCounters counters() {
    return new EvidenceCounters(written, skipped, failed, packetsDropped);
  }
}
