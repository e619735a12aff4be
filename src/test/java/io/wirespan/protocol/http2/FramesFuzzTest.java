// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import static io.wirespan.protocol.Wire.DOWN;
import static io.wirespan.protocol.Wire.UP;
import static io.wirespan.protocol.http2.Peer.END;
import static io.wirespan.protocol.http2.Peer.END_HEADERS;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.HeaderSelection;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.ProtocolLimits;
import io.wirespan.protocol.Wire;
import io.wirespan.replay.FuzzInput;
import io.wirespan.replay.Mutations;
import io.wirespan.tcp.Direction;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any frames in both directions of a connection, with losses: every exchange is counted, each
 * stream gives one at most, no memory stays taken, and where the stream is cut into pieces makes no
 * difference.
 *
 * <p>An input begins with what is known of the connection's beginning (1 byte). Then comes a list:
 * kind and direction (1 byte) and, of a frame, type, flags and stream (1 each), length (2) and so
 * many bytes; of other bytes, their length (2) and themselves; of a loss, its length (2).
 */
public final class FramesFuzzTest {
  private static final int FRAME = 0;
  private static final int BYTES = 4;
  private static final int LOST = 5;
  private static final int TRUNCATED = 6;
  private static final int END_OF_STREAM = 7;
  private static final int JOINED = 1;
  private static final HeaderSelection SELECTION =
      new HeaderSelection(Set.of("x-id", "cookie"), Set.of("server"));

  /** Small enough for an input to reach them all. */
  private static final ProtocolLimits SMALL = new ProtocolLimits(256, 1024, 8, 20_000_000L, 4, 512);

  public static List<byte[]> seeds() {
    Peer client = new Peer();
    Peer server = new Peer();
    byte[] get = client.block(Peer.request("GET", "/a"));
    byte[] post = client.block(Peer.request("POST", "/b"));
    byte[] grpc = client.block("content-type", "application/grpc", "grpc-timeout", "1S");
    byte[] socket = client.block(":method", "CONNECT", ":protocol", "websocket", ":path", "/w");
    byte[] ok = server.block(":status", "200", "server", "x");
    byte[] status = server.block("grpc-status", "0");
    byte[] message = {0, 0, 0, 0, 1, 7};
    byte[] settings = {0, 1, 0, 0, 0x20, 0};
    return List.of(
        input(0, frame(UP, 1, END | END_HEADERS, 1, get), frame(DOWN, 1, 5, 1, ok)),
        input(
            0,
            frame(UP, 4, 0, 0, settings),
            frame(UP, 1, 0, 1, post),
            frame(UP, 9, END_HEADERS, 1, grpc),
            frame(UP, 0, END, 1, message),
            frame(DOWN, 1, END_HEADERS, 1, ok),
            frame(DOWN, 0, 8, 1, Peer.join(new byte[] {2}, message, new byte[2])),
            frame(DOWN, 1, END | END_HEADERS, 1, status)),
        input(
            0,
            frame(UP, 1, END_HEADERS, 1, socket),
            frame(DOWN, 1, END_HEADERS, 1, ok),
            frame(DOWN, 0, 0, 1, new byte[] {(byte) 0x81, 2, 'h', 'i'}),
            frame(UP, 0, END, 1, new byte[] {(byte) 0x88, (byte) 0x80, 1, 2, 3, 4}),
            frame(DOWN, 3, 0, 1, Peer.ints(8))),
        input(
            0,
            frame(UP, 1, END | END_HEADERS, 3, get),
            frame(DOWN, 5, END_HEADERS, 3, Peer.join(Peer.ints(2), get)),
            frame(DOWN, 1, END | END_HEADERS, 2, ok),
            frame(DOWN, 7, 0, 0, Peer.ints(1, 0)),
            frame(UP, 6, 0, 0, new byte[8]),
            frame(UP, 8, 0, 0, Peer.ints(100)),
            frame(UP, 2, 0, 3, new byte[5]),
            frame(UP, 77, 0, 3, new byte[3])),
        input(
            0,
            frame(UP, 9, END_HEADERS, 1, get),
            frame(UP, 1, END | END_HEADERS, 1, post),
            frame(UP, 0x43, 0x4f, 5, new byte[20]),
            other(BYTES, UP, 3, 0, 0, 0)),
        input(
            JOINED,
            frame(DOWN, 1, END_HEADERS, 5, ok),
            frame(UP, 1, END | END_HEADERS, 7, get),
            other(LOST, DOWN, 60),
            frame(DOWN, 0, END, 5, message),
            frame(DOWN, 1, END | END_HEADERS, 7, ok)),
        input(
            0,
            frame(UP, 1, END | END_HEADERS, 1, get),
            other(TRUNCATED, UP, 30),
            other(BYTES, DOWN, 4, 1, 2, 3, 4),
            other(END_OF_STREAM, DOWN, 0)));
  }

  private static byte[] frame(Direction direction, int type, int flags, int id, byte[] payload) {
    ByteBuf item = Unpooled.buffer().writeByte(FRAME << 1 | direction.ordinal());
    item.writeByte(type).writeByte(flags).writeByte(id).writeShort(payload.length);
    return ByteBufUtil.getBytes(item.writeBytes(payload));
  }

  private static byte[] other(int kind, Direction direction, int length, int... bytes) {
    ByteBuf item = Unpooled.buffer().writeByte(kind << 1 | direction.ordinal()).writeShort(length);
    for (int each : bytes) {
      item.writeByte(each);
    }
    return ByteBufUtil.getBytes(item);
  }

  private static byte[] input(int beginning, byte[]... items) {
    return Peer.join(new byte[] {(byte) beginning}, Peer.join(items));
  }

  static List<byte[]> inputs() {
    return Mutations.of(seeds());
  }

  @ParameterizedTest
  @MethodSource("inputs")
  void shouldReadAnyFrames(byte[] input) {
    fuzzerTestOneInput(input);
  }

  public static void fuzzerTestOneInput(byte[] input) {
    Wire whole = wire(input);
    List<Exchange> exchanges = check(whole, left -> left);
    Wire pieces = wire(input);
    List<Exchange> again = check(pieces, left -> 1);
    // Behind a loss, frames are looked for where packets begin.
    if (whole.counters.parseErrors() == 0 && isFromStart(input) && !hasLoss(whole)) {
      assertThat(Wire.lines(again)).as("%s", whole).isEqualTo(Wire.lines(exchanges));
    }
  }

  private static boolean isFromStart(byte[] input) {
    return input.length == 0 || (input[0] & JOINED) == 0;
  }

  private static boolean hasLoss(Wire wire) {
    return wire.toString().contains("LOST");
  }

  private static List<Exchange> check(Wire wire, IntUnaryOperator pieces) {
    List<Http2Protocol> opened = new ArrayList<>();
    wire.opening(
        (connection, to, limits, counters) -> {
          Http2Protocol protocol = new Http2Protocol(to, SELECTION, limits, counters);
          opened.add(protocol);
          boolean seen = connection.synEpochNanos() != 0;
          return protocol.open(connection, new boolean[] {seen, seen});
        });
    List<Exchange> exchanges = wire.exchanges(pieces);
    long counted = 0;
    for (Outcome outcome : Outcome.values()) {
      counted += wire.counters.exchanges(outcome);
    }
    assertThat(exchanges).hasSize((int) counted);
    assertThat(opened.getFirst().held()).as("held").isZero();
    for (Exchange exchange : exchanges) {
      assertThat(exchange.timing().start()).isBetween(Wire.START, exchange.timing().end());
      assertThat(exchange.gapBytes()).isNotNegative();
      assertThat(exchange.request().target().length()).isLessThanOrEqualTo(SMALL.headBytes());
      assertThat(exchange.response().stats().bodyBytes()).isNotNegative();
      assertThat(exchange.request().stats().bytes()).isNotNegative();
    }
    return exchanges;
  }

  private static Wire wire(byte[] bytes) {
    FuzzInput input = new FuzzInput(bytes);
    Wire wire = new Wire().limits(SMALL);
    if ((input.u8() & JOINED) != 0) {
      wire.joined();
    } else {
      wire.up(Peer.PREFACE);
    }
    boolean[] ended = new boolean[2];
    while (input.hasMore()) {
      int kind = input.u8();
      Direction direction = Direction.values()[kind & 1];
      byte[] sent = new byte[0];
      int length = 0;
      if ((kind >>> 1 & 7) < BYTES) {
        sent = frame(input);
      } else {
        length = input.u16();
      }
      if (ended[kind & 1]) {
        continue;
      }
      switch (kind >>> 1 & 7) {
        case LOST -> wire.lost(direction, length + 1);
        case TRUNCATED -> wire.truncated(direction, length + 1);
        case END_OF_STREAM -> {
          wire.end(direction);
          ended[kind & 1] = true;
        }
        case BYTES -> add(wire, direction, input.bytes(length));
        default -> add(wire, direction, sent);
      }
    }
    return wire;
  }

  private static byte[] frame(FuzzInput input) {
    int type = input.u8();
    int flags = input.u8();
    int id = input.u8();
    return Peer.frame(type, flags, id, input.bytes(input.u16()));
  }

  private static void add(Wire wire, Direction direction, byte[] bytes) {
    if (bytes.length > 0 && direction == UP) {
      wire.up(bytes);
    } else if (bytes.length > 0) {
      wire.down(bytes);
    }
  }
}
