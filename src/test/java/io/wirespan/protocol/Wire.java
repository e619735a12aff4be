// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.Protocol;
import io.wirespan.capture.Side;
import io.wirespan.tcp.CloseReason;
import io.wirespan.tcp.Connection;
import io.wirespan.tcp.Direction;
import io.wirespan.tcp.Endpoint;
import io.wirespan.tcp.Flow;
import io.wirespan.tcp.GapCause;
import io.wirespan.tcp.PacketStamp;
import io.wirespan.tcp.StreamHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntUnaryOperator;

/**
 * A connection's packets as a test writes them down, delivered to an {@link ExchangeTracker}. Each
 * packet is a millisecond after the one before, and has 40 bytes of headers.
 */
public final class Wire {
  public static final long MILLI = 1_000_000;
  public static final long START = 1_000_000 * MILLI;
  public static final Direction UP = Direction.CLIENT_TO_SERVER;
  public static final Direction DOWN = Direction.SERVER_TO_CLIENT;

  private static final int HEADERS = 40;

  /** A piece of a stream: bytes, a gap (cause set), a FIN (neither), or news of a segment. */
  private record Event(
      Direction direction, byte[] bytes, long gap, GapCause cause, long nanos, News news) {}

  private enum News {
    NONE,
    REPEATED,
    EARLY
  }

  /** What opens the handler of a connection. */
  public interface Opener {
    StreamHandler open(
        Connection connection,
        ExchangeHandler to,
        ProtocolLimits limits,
        ProtocolCounters counters);
  }

  /** Bytes of a stream that crossed the wire, seen or not. */
  private record Sent(Direction direction, long nanos, long length) {}

  private final List<Event> events = new ArrayList<>();
  private final List<Sent> sent = new ArrayList<>();
  private long now = START;
  private boolean handshake = true;
  private long counts;
  private Optional<Protocol> declared = Optional.empty();
  private CloseReason reason = CloseReason.SHUTDOWN;
  private ProtocolLimits limits = ProtocolLimits.DEFAULTS;
  private Opener opener = Wire::openByContent;

  public final ProtocolCounters counters = new ProtocolCounters();
  public boolean ignored;

  public Wire joined() {
    handshake = false;
    return this;
  }

  /** What the connection has counted when this begins, of packets and of bytes, either way. */
  public Wire countsFrom(long counts) {
    this.counts = counts;
    return this;
  }

  public Wire declared(Protocol protocol) {
    declared = Optional.of(protocol);
    return this;
  }

  public Wire limits(ProtocolLimits limits) {
    this.limits = limits;
    return this;
  }

  /** Skips the detection of the protocol. */
  public Wire opening(Opener opener) {
    this.opener = opener;
    return this;
  }

  private static StreamHandler openByContent(
      Connection connection, ExchangeHandler to, ProtocolLimits limits, ProtocolCounters counters) {
    HeaderSelection selection = new HeaderSelection(Set.of("x-id"), Set.of("Server"));
    return new ExchangeTracker(to, selection, limits, counters).open(connection);
  }

  public Wire up(String text) {
    return add(UP, text.getBytes(ISO_8859_1), 0, null);
  }

  public Wire down(String text) {
    return add(DOWN, text.getBytes(ISO_8859_1), 0, null);
  }

  public Wire down(byte[] bytes) {
    return add(DOWN, bytes, 0, null);
  }

  public Wire up(byte[] bytes) {
    return add(UP, bytes, 0, null);
  }

  public Wire lost(Direction direction, long length) {
    return add(direction, new byte[0], length, GapCause.LOST);
  }

  public Wire truncated(Direction direction, long length) {
    now -= MILLI;
    return add(direction, new byte[0], length, GapCause.TRUNCATED);
  }

  /** A segment at this stream offset that crossed the wire before; costs no time. */
  public Wire repeated(Direction direction, long offset) {
    events.add(new Event(direction, new byte[0], offset, null, now, News.REPEATED));
    return this;
  }

  /** A segment at this stream offset that overtook others; costs no time. */
  public Wire early(Direction direction, long offset) {
    events.add(new Event(direction, new byte[0], offset, null, now, News.EARLY));
    return this;
  }

  public Wire end(Direction direction) {
    return add(direction, new byte[0], 0, null);
  }

  /** Capture time between the packet before and the one behind, beside the usual millisecond. */
  public Wire pause(long millis) {
    now += millis * MILLI;
    return this;
  }

  /** The next packet was captured at this time. */
  public Wire at(long millis) {
    now = START + (millis - 1) * MILLI;
    return this;
  }

  public Wire close(CloseReason reason) {
    this.reason = reason;
    return this;
  }

  public Wire finish() {
    return end(UP).end(DOWN).close(CloseReason.FINISHED);
  }

  private Wire add(Direction direction, byte[] bytes, long gap, GapCause cause) {
    now += MILLI;
    sent.add(new Sent(direction, now, bytes.length + gap));
    events.add(new Event(direction, bytes, gap, cause, now, News.NONE));
    return this;
  }

  public int length() {
    return events.stream().mapToInt(event -> event.bytes.length).sum();
  }

  /** Delivers each packet's bytes at once. */
  public List<Exchange> exchanges() {
    return exchanges(left -> left);
  }

  /**
   * @param pieces given the bytes left of a packet, the length of the next piece
   */
  public List<Exchange> exchanges(IntUnaryOperator pieces) {
    List<Exchange> exchanges = new ArrayList<>();
    StreamHandler handler = opener.open(new WiredConnection(), exchanges::add, limits, counters);
    long[] offsets = new long[2];
    Stamp stamp = new Stamp();
    ignored = false;
    for (Event event : events) {
      stamp.next(event);
      if (ignored) {
        continue;
      }
      int at = event.direction.ordinal();
      if (event.news == News.REPEATED) {
        handler.onRetransmission(event.direction, event.gap, 10);
      } else if (event.news == News.EARLY) {
        handler.onOutOfOrder(event.direction, event.gap, 10);
      } else if (event.cause != null) {
        handler.onGap(event.direction, offsets[at], event.gap, event.cause, stamp);
        offsets[at] += event.gap;
      } else if (event.bytes.length == 0) {
        handler.onEnd(event.direction, stamp);
      }
      int from = 0;
      while (from < event.bytes.length && !ignored) {
        int length = pieces.applyAsInt(event.bytes.length - from);
        ByteBuf data = Unpooled.wrappedBuffer(event.bytes, from, length);
        handler.onData(event.direction, data, offsets[at], stamp);
        from += length;
        offsets[at] += length;
      }
    }
    handler.onClose(reason, now);
    return exchanges;
  }

  /** What matters of exchanges, one line each. */
  public static List<String> lines(List<Exchange> exchanges) {
    return exchanges.stream().map(Wire::line).toList();
  }

  private static String line(Exchange exchange) {
    return (exchange.request().seen()
            ? exchange.request().method() + ' ' + exchange.request().target()
            : "?")
        + " -> "
        + (exchange.response().seen() ? exchange.response().status() : "?")
        + (exchange.complete() ? "" : ' ' + exchange.outcome().text());
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(handshake ? "" : "joined ");
    for (Event event : events) {
      String start = new String(event.bytes, 0, Math.min(14, event.bytes.length), ISO_8859_1);
      text.append(event.direction == UP ? '>' : '<')
          .append(event.cause == null ? start.replaceAll("[^ -~]", ".") : "LOST")
          .append(' ')
          .append(event.bytes.length + event.gap)
          .append("; ");
    }
    return text.toString();
  }

  private final class WiredConnection implements Connection {
    private final Flow flow =
        new Flow(
            new CaptureInterface(
                0, "eth0", 2, LinkType.values()[0], Side.values()[0], Optional.empty()),
            new Endpoint(false, 0, 0xffff_0a00_0002L, 41234),
            new Endpoint(false, 0, 0xffff_0a00_0001L, 80),
            Flow.Role.SERVER,
            declared);

    @Override
    public Flow flow() {
      return flow;
    }

    @Override
    public long synEpochNanos() {
      return handshake ? START - 3 : 0;
    }

    @Override
    public long synAckEpochNanos() {
      return handshake ? START - 2 : 0;
    }

    @Override
    public long handshakeAckEpochNanos() {
      return handshake ? START - 1 : 0;
    }

    @Override
    public boolean isFromStart(Direction direction) {
      return handshake;
    }

    @Override
    public long zeroWindowNanos(Direction direction) {
      return 0;
    }

    @Override
    public void skip(Direction direction, long endOffset, boolean follow) {}

    @Override
    public void ignore() {
      ignored = true;
    }
  }

  /** What the sender of a packet had received by then, by its acknowledgement number. */
  private long acknowledgedBy(Direction direction, long nanos) {
    long received = 0;
    boolean known = handshake;
    for (Sent each : sent) {
      if (each.direction != direction && each.nanos < nanos) {
        received += each.length;
        known = true;
      }
    }
    return known ? received : PacketStamp.UNKNOWN_OFFSET;
  }

  private final class Stamp implements PacketStamp {
    private long nanos;
    private long number;
    private final long[] packets = new long[2];
    private final long[] bytes = new long[2];
    private Direction direction = UP;
    private int length;

    void next(Event event) {
      boolean samePacket = event.nanos == nanos;
      nanos = event.nanos;
      direction = event.direction;
      length = samePacket ? length : HEADERS + event.bytes.length;
      if (!samePacket) {
        number++;
        packets[direction.ordinal()]++;
        bytes[direction.ordinal()] += length;
      }
    }

    @Override
    public long timestampEpochNanos() {
      return nanos;
    }

    @Override
    public long packetNumber() {
      return number;
    }

    @Override
    public long acknowledgedOffset() {
      return acknowledgedBy(direction, nanos);
    }

    @Override
    public long packetsThrough(Direction direction) {
      return counts + packets[direction.ordinal()];
    }

    @Override
    public long packetsBefore(Direction direction) {
      return counts + packets[direction.ordinal()] - (direction == this.direction ? 1 : 0);
    }

    @Override
    public long bytesThrough(Direction direction) {
      return counts + bytes[direction.ordinal()];
    }

    @Override
    public long bytesBefore(Direction direction) {
      return counts + bytes[direction.ordinal()] - (direction == this.direction ? length : 0);
    }

    @Override
    public long zeroWindowNanos(Direction direction) {
      return 0;
    }
  }
}
