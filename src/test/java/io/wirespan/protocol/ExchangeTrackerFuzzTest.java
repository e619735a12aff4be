// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import static io.wirespan.protocol.Wire.DOWN;
import static io.wirespan.protocol.Wire.UP;
import static io.wirespan.protocol.Wire.lines;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.wirespan.replay.FuzzInput;
import io.wirespan.replay.Mutations;
import io.wirespan.tcp.Direction;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes in both directions of a connection, with losses: every exchange is counted, and where
 * the stream is cut into pieces makes no difference.
 *
 * <p>An input begins with what is known of the connection's beginning (1 byte). Then comes a list
 * of packets: kind and direction (1 byte), length (2), and so many bytes.
 */
public final class ExchangeTrackerFuzzTest {
  private static final int DATA = 0;
  private static final int LOST = 5;
  private static final int TRUNCATED = 6;
  private static final int END = 7;
  private static final int JOINED = 1;

  /** Small enough for an input to reach them all. */
  private static final ProtocolLimits SMALL = new ProtocolLimits(256, 2048, 4, 20_000_000L, 4, 512);

  public static List<byte[]> seeds() {
    String get = "GET /a?b=1 HTTP/1.1\r\nHost: example.com\r\nTraceparent: 00-1-2-01\r\n\r\n";
    String post = "POST /p HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello";
    String ok = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nServer: x\r\n\r\nbody";
    String chunked =
        "HTTP/1.1 404 Not Found\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n"
            + "5;a=b\r\n"
            + "hello\r\n"
            + "0\r\n"
            + "T: v\r\n\r\n";
    String interim = "HTTP/1.1 100 Continue\r\n\r\n";
    String old = "HTTP/1.0 500 Oh no\n\nuntil the end";
    String upgrade = "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n";
    return List.of(
        input(0, up(get), down(ok), up("HEAD / HTTP/1.1\n\n"), down("HTTP/1.1 304\r\n\r\n")),
        input(0, up(post), down(interim + chunked), up(get), down(ok)),
        input(0, up(get + get + get), down(ok + chunked), down(ok), end(UP), end(DOWN)),
        input(0, up("GET / HTTP/1.0\r\n\r\n"), down(old), end(DOWN)),
        input(0, up("CONNECT a:443 HTTP/1.1\r\n\r\n"), down("HTTP/1.1 200\r\n\r\n\u0016\u0003")),
        input(0, up(get), down(upgrade + "tunnel"), up("tunnel")),
        input(JOINED, down("dy"), up(get), down(ok), lost(DOWN, 9), up(get), down(ok)),
        input(0, up(get), down(ok.substring(0, 50)), lost(DOWN, 4), up(get), lost(UP, 5), down(ok)),
        input(0, up(get), packet(TRUNCATED, DOWN, 40, new byte[0]), up(get), down(ok)),
        input(
            0,
            up("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"),
            down("\0\0\0\4\0\0\0\0\0")));
  }

  private static byte[] up(String text) {
    return packet(DATA, UP, text.length(), text.getBytes(ISO_8859_1));
  }

  private static byte[] down(String text) {
    return packet(DATA, DOWN, text.length(), text.getBytes(ISO_8859_1));
  }

  private static byte[] lost(Direction direction, int length) {
    return packet(LOST, direction, length, new byte[0]);
  }

  private static byte[] end(Direction direction) {
    return packet(END, direction, 0, new byte[0]);
  }

  private static byte[] packet(int kind, Direction direction, int length, byte[] bytes) {
    ByteBuf packet = Unpooled.buffer().writeByte(kind << 1 | direction.ordinal());
    return array(packet.writeShort(length).writeBytes(bytes));
  }

  private static byte[] input(int beginning, byte[]... packets) {
    ByteBuf input = Unpooled.buffer().writeByte(beginning);
    for (byte[] packet : packets) {
      input.writeBytes(packet);
    }
    return array(input);
  }

  private static byte[] array(ByteBuf buffer) {
    byte[] array = new byte[buffer.readableBytes()];
    buffer.readBytes(array);
    return array;
  }

  static List<byte[]> inputs() {
    return Mutations.of(seeds());
  }

  @ParameterizedTest
  @MethodSource("inputs")
  void shouldReadAnyStreams(byte[] packets) {
    fuzzerTestOneInput(packets);
  }

  public static void fuzzerTestOneInput(byte[] packets) {
    Wire whole = wire(packets);
    List<Exchange> exchanges = check(whole, left -> left);
    Wire pieces = wire(packets);
    List<Exchange> again = check(pieces, left -> 1);
    // Only behind an error or a loss does it matter where a packet begins: a message may. And if
    // the method is not known, what looks like a response behind a head must be one (HEAD).
    boolean sound = whole.counters.parseErrors() + pieces.counters.parseErrors() == 0;
    boolean methodsKnown = whole.counters.exchanges(Outcome.NO_REQUEST) == 0;
    if (sound && methodsKnown && isFromStart(packets) && !hasLoss(packets)) {
      assertThat(lines(again)).as("%s", whole).isEqualTo(lines(exchanges));
    }
  }

  private static boolean isFromStart(byte[] packets) {
    return packets.length == 0 || (packets[0] & JOINED) == 0;
  }

  private static List<Exchange> check(Wire wire, IntUnaryOperator pieces) {
    List<Exchange> exchanges = wire.exchanges(pieces);
    long counted = 0;
    for (Outcome outcome : Outcome.values()) {
      counted += wire.counters.exchanges(outcome);
    }
    assertThat(exchanges).hasSize((int) counted);
    for (Exchange exchange : exchanges) {
      if (exchange.protocol().startsWith("http/1")) {
        assertThat(exchange.request().seen() || exchange.response().seen()).isTrue();
        assertThat(exchange.request().seen() || !exchange.complete()).isTrue();
      }
      assertThat(exchange.timing().start()).isBetween(Wire.START, exchange.timing().end());
      assertThat(exchange.gapBytes()).isNotNegative();
      check(exchange.request().stats());
      check(exchange.response().stats());
    }
    return exchanges;
  }

  private static void check(MessageStats stats) {
    assertThat(stats.packets()).isNotNegative();
    assertThat(stats.bytes()).isNotNegative();
    assertThat(stats.headerBytes()).isNotNegative();
    assertThat(stats.bodyBytes()).isNotNegative();
  }

  private static Wire wire(byte[] packets) {
    FuzzInput input = new FuzzInput(packets);
    Wire wire = new Wire().limits(SMALL);
    if ((input.u8() & JOINED) != 0) {
      wire.joined();
    }
    boolean[] ended = new boolean[2];
    while (input.hasMore()) {
      int kind = input.u8();
      int length = input.u16();
      Direction direction = Direction.values()[kind & 1];
      if (ended[kind & 1]) {
        continue;
      }
      wire.pause(kind >>> 4);
      switch (kind >>> 1 & 7) {
        case LOST -> wire.lost(direction, length + 1);
        case TRUNCATED -> wire.truncated(direction, length + 1);
        case END -> {
          wire.end(direction);
          ended[kind & 1] = true;
        }
        default -> add(wire, direction, input.bytes(length));
      }
    }
    return wire;
  }

  private static void add(Wire wire, Direction direction, byte[] bytes) {
    if (bytes.length > 0 && direction == UP) {
      wire.up(bytes);
    } else if (bytes.length > 0) {
      wire.down(bytes);
    }
  }

  private static boolean hasLoss(byte[] packets) {
    return wire(packets).toString().contains("LOST");
  }
}
