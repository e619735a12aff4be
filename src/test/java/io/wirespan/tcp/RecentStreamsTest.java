// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.capture.Packet;
import io.wirespan.capture.TraceRules;
import io.wirespan.tcp.RecordingHandlers.Recording;
import io.wirespan.tcp.TcpConversation.Wire;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A source that names streams and finds headers must not change what is made of the packets. */
class RecentStreamsTest {
  private static final int IP_AT = 14;
  private static final int TCP_AT = 34;
  private static final int SYN = PacketBuilder.SYN;

  /**
   * Names streams as the kernel program does: by both endpoints, anew at another SYN, and anew when
   * it has forgotten a connection.
   */
  private static final class Naming {
    private record Session(long id, int synSequence) {}

    private final Map<List<Object>, Session> sessions = new HashMap<>();
    private final Random random;
    private final int oneOfForgotten;
    private long sessionsBegun;

    Naming(Random random, int oneOfForgotten) {
      this.random = random;
      this.oneOfForgotten = oneOfForgotten;
    }

    void name(Packet packet) {
      int at = packet.offset();
      long source = endpoint(packet, at + IP_AT + 12, at + TCP_AT);
      long destination = endpoint(packet, at + IP_AT + 16, at + TCP_AT + 2);
      boolean lower = source <= destination;
      List<Object> key = List.of(Math.min(source, destination), Math.max(source, destination));
      int sequence = packet.bytes().getInt(at + TCP_AT + 4);
      boolean opens = (packet.bytes().getByte(at + TCP_AT + 13) & 0x12) == SYN;
      Session session = sessions.get(key);
      if (session == null
          || opens && session.synSequence() != sequence
          || random.nextInt(oneOfForgotten) == 0) {
        session = new Session(++sessionsBegun, opens ? sequence : 0);
        sessions.put(key, session);
      }
      packet.stream(session.id() << 1 | (lower ? 0 : 1), false);
      packet.headers(IP_AT, TCP_AT, packet.bytes().getUnsignedShort(at + IP_AT + 2));
    }

    private static long endpoint(Packet packet, int addressAt, int portAt) {
      return packet.bytes().getUnsignedInt(addressAt) << 16
          | packet.bytes().getUnsignedShort(portAt);
    }
  }

  static IntStream seeds() {
    return IntStream.range(0, 200);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void shouldFollowConnectionsAsWithoutNames(int seed) {
    List<String> plain = follow(seed, packet -> {});
    Naming naming = new Naming(new Random(seed), 20);
    assertThat(follow(seed, naming::name)).isEqualTo(plain);
    assertThat(naming.sessionsBegun).isPositive();
  }

  /** What the handlers and the counters say of random conversations. */
  private static List<String> follow(int seed, Consumer<Packet> source) {
    RecordingHandlers handlers = new RecordingHandlers();
    ConnectionTable table = new ConnectionTable(handlers, TraceRules.BY_CONTENT);
    Wire wire = new Wire(table).source(source);
    Random random = new Random(seed);
    TcpConversation[] conversations = new TcpConversation[1 + random.nextInt(4)];
    for (int step = 0; step < 120; step++) {
      int which = random.nextInt(conversations.length);
      if (conversations[which] == null || random.nextInt(30) == 0) {
        // Again on the same ports: the second ends behind the first, or in the middle of it.
        conversations[which] =
            new TcpConversation(wire, "10.0.0." + (1 + which % 2), 40_000 + which, "10.0.0.2", 80)
                .initial(random.nextInt(50_000), random.nextInt(50_000));
      }
      step(conversations[which], random);
    }
    table.close(wire.epochNanos());

    List<String> story = new ArrayList<>();
    for (Recording recording : handlers.connections) {
      story.add(recording.flow.toString());
      story.addAll(recording.events);
      story.addAll(recording.stamps);
    }
    TcpCounters counters = table.counters();
    story.add(
        counters.packets()
            + " packets, connections "
            + counters.connectionsTotal()
            + ", open "
            + counters.connectionsOpen());
    return story;
  }

  private static void step(TcpConversation conversation, Random random) {
    switch (random.nextInt(16)) {
      case 0 -> conversation.handshake();
      case 1 -> conversation.syn();
      case 2 -> conversation.clientFin();
      case 3 -> conversation.serverFin();
      case 4 -> conversation.clientResets();
      case 5 -> conversation.clientLoses(1 + random.nextInt(9));
      case 6 ->
          conversation.client(random.nextInt(20), PacketBuilder.ACK, "Again".getBytes(ISO_8859_1));
      case 7 -> conversation.pause(random.nextLong(20_000_000_000L));
      case 8, 9, 10, 11 -> conversation.clientSends("GET " + random.nextInt(1000));
      default -> conversation.serverSends("HTTP " + random.nextInt(1000));
    }
  }

  /** More connections than there is room for here: the others are found by their endpoints. */
  @Test
  void shouldFindThoseThatHaveNoSlot() {
    RecordingHandlers handlers = new RecordingHandlers();
    ConnectionTable table = new ConnectionTable(handlers, TraceRules.BY_CONTENT);
    Wire wire = new Wire(table).stepNanos(1000).source(new Naming(new Random(1), 1 << 30)::name);
    List<TcpConversation> conversations = new ArrayList<>();
    for (int port = 20_000; port < 40_000; port++) {
      conversations.add(new TcpConversation(wire, "10.0.0.1", port, "10.0.0.2", 80).handshake());
    }
    for (int round = 0; round < 3; round++) {
      conversations.forEach(conversation -> conversation.clientSends("GET").serverSends("HTTP"));
    }
    assertThat(handlers.connections).hasSize(20_000);
    assertThat(handlers.connections)
        .allSatisfy(
            recording ->
                assertThat(recording.events)
                    .containsExactly(
                        "> data 0 GET",
                        "< data 0 HTTP",
                        "> data 3 GET",
                        "< data 4 HTTP",
                        "> data 6 GET",
                        "< data 8 HTTP"));
  }
}
