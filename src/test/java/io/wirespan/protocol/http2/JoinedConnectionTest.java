// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import static io.wirespan.protocol.http2.Peer.END;
import static io.wirespan.protocol.http2.Peer.PREFACE;
import static io.wirespan.protocol.http2.Peer.SETTINGS;
import static io.wirespan.protocol.http2.Peer.data;
import static io.wirespan.protocol.http2.Peer.join;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.capture.Protocol;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.Traced;
import io.wirespan.tcp.TcpConversation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Connections of which the beginning, or a part, was not captured: no name may ever be wrong. */
class JoinedConnectionTest {
  private final Traced traced = new Traced();
  private final TcpConversation conversation = traced.conversation();
  private final Peer client = new Peer();
  private final Peer server = new Peer();

  /** What the two peers said before they were listened to. */
  private void talkUnseen() {
    conversation.clientLoses(join(PREFACE, SETTINGS, client.get(1, "/before")).length);
    conversation.serverLoses(join(SETTINGS, server.respond(1, END, 200)).length);
  }

  @Test
  void shouldTellWhatCanBeKnown() {
    talkUnseen();
    conversation.clientSends(client.get(3, "/new")).serverSends(server.respond(3, END, 200));
    conversation.clientSends(client.get(5, "/before")).serverSends(server.respond(5, END, 404));

    assertThat(traced.summary()).containsExactly("GET /new - 200 joined", "GET - - 404 joined");
  }

  @Test
  void shouldLearnTheTableFromThereOn() {
    talkUnseen();
    for (int id = 3; id < 9; id += 2) {
      conversation.clientSends(
          client.headers(
              id, END, ":method", "GET", ":scheme", "http", ":path", "/p", ":authority", "b.test"));
      conversation.serverSends(server.respond(id, END, 500));
    }

    assertThat(traced.summary())
        .containsExactly(
            "GET /p b.test 500 complete",
            "GET /p b.test 500 complete",
            "GET /p b.test 500 complete");
  }

  @Test
  void shouldSeeWhoIsTheClientWhenTheServerIsHeardFirst() {
    talkUnseen();
    byte[] request = client.get(3, "/lost");
    conversation.serverSends(server.respond(3, END, 200));
    conversation.clientSends(client.get(5, "/next")).serverSends(server.respond(5, END, 200));

    assertThat(request).isNotEmpty();
    assertThat(traced.summary()).containsExactly("- - - 200 no-request", "GET /next - 200 joined");
    assertThat(traced.exchanges().getFirst().flow().client().port()).isEqualTo(40_000);
  }

  /** Trailers are all table, and gRPC's port may be a client's: a guess would be the wrong one. */
  @Test
  void shouldNotTakeAGrpcServerForTheClient() {
    TcpConversation grpc =
        new TcpConversation(traced.wire(), "10.0.0.1", 40_000, "10.0.0.2", 50_051);
    server.headers(1, END, "grpc-status", "0");
    client.get(1, "/before");
    grpc.serverSends(server.headers(1, END, "grpc-status", "0"));
    grpc.clientSends(client.get(3, "/next")).serverSends(server.respond(3, END, 200));

    assertThat(traced.summary()).containsExactly("GET /next - 200 joined");
    assertThat(traced.only().flow().server().port()).isEqualTo(50_051);
  }

  /** The two directions of an interface are not attached to at the same moment. */
  @Test
  void shouldNotBlameTheServerForAResponseThatWentBefore() {
    client.headers(1, END, ":method", "GET");
    conversation.clientSends(client.get(3, "/unanswered")).clientSends(client.get(5, "/5"));
    conversation.serverSends(server.respond(5, END, 200));
    traced.tick(31_000_000_000L);
    conversation.clientSends(client.get(7, "/7")).serverSends(server.respond(7, END, 200));

    assertThat(traced.summary())
        .containsExactly(
            "GET /5 a.example 200 complete",
            "GET /unanswered a.example 0 joined",
            "GET /7 a.example 200 complete");
  }

  @Test
  void shouldFindTheFirstFrameOfADeclaredConnection() {
    Traced declared = Traced.declared(Protocol.HTTP2);
    TcpConversation each = declared.conversation();
    client.get(1, "/before");
    server.respond(1, 0, 200);
    each.serverSends(new byte[1000]);
    each.serverSends(join(data(1, END, "end")));
    each.clientSends(client.get(3, "/x")).serverSends(server.respond(3, END, 200));

    assertThat(declared.summary()).containsExactly("GET /x - 200 joined");
    assertThat(declared.counters().headsUnreadable()).isLessThanOrEqualTo(1);
  }

  @Test
  void shouldSearchForBothVersions() {
    conversation.serverSends(new byte[100]).serverSends(new byte[100]);
    client.get(1, "/before");
    conversation.clientSends(client.get(3, "/x")).serverSends(server.respond(3, END, 200));

    assertThat(traced.summary()).containsExactly("GET /x - 200 joined");
  }

  @Test
  void shouldSkipContentThatIsMissing() {
    begin();
    conversation.clientSends(client.get(1, "/big")).serverSends(server.respond(1, 0, 200));
    byte[] content = data(1, END, new byte[10_000]);
    conversation.serverSends(slice(content, 0, 1000)).serverLoses(5000);
    conversation.serverSends(slice(content, 6000, content.length));
    conversation.clientAcks();
    traced.tick(1_000_000_000);

    Exchange exchange = traced.only();
    assertThat(traced.summary()).containsExactly("GET /big a.example 200 complete");
    assertThat(exchange.gapBytes()).isEqualTo(5000);
    assertThat(exchange.response().stats().bodyBytes()).isEqualTo(10_000);
  }

  @Test
  void shouldMarkWhatALossConcernsAndGoOn() {
    begin();
    conversation.clientSends(join(client.get(1, "/1"), client.get(3, "/3")));
    conversation.serverSends(server.respond(1, 0, 200));
    conversation.serverLoses(join(data(1, 0, "lost"), server.respond(3, 0, 200)).length);
    conversation.serverSends(join(data(1, END, "x"), data(3, END, "y"))).clientAcks();
    traced.tick(1_000_000_000);
    conversation.clientSends(client.get(5, "/5"));
    conversation.serverSends(server.headers(5, END, ":status", "404"));

    assertThat(traced.summary())
        .containsExactly(
            "GET /1 a.example 200 gap", "GET /3 a.example 0 gap", "GET /5 a.example 404 complete");
  }

  @Test
  void shouldNotTrustTheTableAfterALostBlock() {
    begin();
    conversation.clientSends(client.get(1, "/a")).serverSends(server.respond(1, END, 200));
    conversation.clientLoses(client.get(3, "/b").length);
    conversation.clientSends(client.get(5, "/a")).serverAcks();
    traced.tick(1_000_000_000);
    conversation.serverSends(join(server.respond(3, END, 200), server.respond(5, END, 200)));

    assertThat(traced.summary())
        .containsExactly(
            "GET /a a.example 200 complete", "- - - 200 no-request", "GET - - 200 gap");
  }

  @Test
  void shouldKeepItsPlaceWhenAPartOfABlockIsLost() {
    begin();
    byte[] request = client.post(1, "/a-rather-long-path-of-a-request");
    conversation.clientSends(slice(request, 0, 12)).clientLoses(10);
    conversation.clientSends(slice(request, 22, request.length));
    conversation.clientSends(data(1, END, "content")).serverAcks();
    traced.tick(1_000_000_000);
    conversation.serverSends(server.respond(1, END, 200));

    assertThat(traced.only().outcome()).isEqualTo(Outcome.GAP);
    assertThat(traced.only().request().method()).isEqualTo("POST");
    assertThat(traced.only().request().stats().bodyBytes()).isEqualTo(7);
  }

  private void begin() {
    conversation.handshake().clientSends(join(PREFACE, SETTINGS)).serverSends(SETTINGS);
  }

  private static byte[] slice(byte[] bytes, int from, int to) {
    return Arrays.copyOfRange(bytes, from, to);
  }

  static IntStream seeds() {
    return IntStream.range(0, 100);
  }

  /** Random loss of whole segments: what is named must be what was sent on that stream. */
  @ParameterizedTest
  @MethodSource("seeds")
  void shouldNeverGiveAWrongName(int seed) {
    Random random = new Random(seed);
    Map<String, String> statusOf = new HashMap<>();
    List<byte[]> requests = new ArrayList<>();
    List<byte[]> responses = new ArrayList<>();
    requests.add(join(PREFACE, SETTINGS));
    responses.add(SETTINGS);
    if (random.nextBoolean()) {
      client.tableSize(200);
      server.tableSize(16_384);
      requests.add(Peer.setting(Frame.HEADER_TABLE_SIZE, 16_384));
      responses.add(Peer.SETTINGS_ACK);
    }
    for (int i = 0; i < 300; i++) {
      int id = 2 * i + 1;
      // Each request says in two fields which it is, so that a mixture would show.
      int name = random.nextInt(40);
      requests.add(
          client.headers(id, END, ":method", "GET", ":path", "/" + name, ":authority", "h" + name));
      responses.add(
          server.headers(id, END, ":status", Integer.toString(300 + name), "x-kept", "" + name));
      statusOf.put("/" + name, "h" + name + " " + (300 + name));
    }
    int loss = random.nextInt(2, 30);
    for (int i = 0; i < requests.size(); i++) {
      sendOrLose(random, loss, requests.get(i), true);
      sendOrLose(random, loss, responses.get(i), false);
      if (i % 10 == 0) {
        conversation.clientAcks().serverAcks();
        traced.tick(50_000_000);
      }
    }
    traced.close();

    int named = 0;
    for (Exchange exchange : traced.exchanges()) {
      String path = exchange.request().target();
      String host = exchange.request().host();
      int status = exchange.response().status();
      if (!path.isEmpty() && !host.isEmpty()) {
        assertThat(statusOf.get(path)).startsWith(host + ' ');
        named++;
      }
      if (!path.isEmpty() && status != 0) {
        assertThat(statusOf.get(path)).endsWith(" " + status);
      }
      String kept = exchange.response().headers().first("x-kept");
      if (status != 0 && !kept.isEmpty()) {
        assertThat(status).isEqualTo(300 + Integer.parseInt(kept));
      }
    }
    assertThat(named).isPositive();
    assertThat(traced.exchanges()).hasSizeLessThanOrEqualTo(300);
  }

  private void sendOrLose(Random random, int loss, byte[] bytes, boolean fromClient) {
    boolean lost = random.nextInt(loss) == 0;
    if (fromClient && lost) {
      conversation.clientLoses(bytes.length);
    } else if (fromClient) {
      conversation.clientSends(bytes);
    } else if (lost) {
      conversation.serverLoses(bytes.length);
    } else {
      conversation.serverSends(bytes);
    }
  }
}
