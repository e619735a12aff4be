// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.capture.Packet;
import io.wirespan.capture.TraceRules;
import io.wirespan.tcp.ConnectionTable;
import io.wirespan.tcp.TcpConversation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** From packets, a millisecond apart, to the time in which a receiver had no room. */
class ZeroWindowTest {
  private static final long MILLI = 1_000_000;
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String OK_100 = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
  private static final String HALF = "x".repeat(50);

  private final List<Exchange> exchanges = new ArrayList<>();
  private final ConnectionTable table =
      new ConnectionTable(
          new ExchangeTracker(
              exchanges::add,
              new HeaderSelection(Set.of(), Set.of()),
              ProtocolLimits.DEFAULTS,
              new ProtocolCounters()),
          TraceRules.BY_CONTENT);
  private final TcpConversation tcp = new TcpConversation(table);

  private long requestMillis(int exchange) {
    return exchanges.get(exchange).request().stats().zeroWindowNanos() / MILLI;
  }

  private long responseMillis(int exchange) {
    return exchanges.get(exchange).response().stats().zeroWindowNanos() / MILLI;
  }

  @Test
  void shouldMeasureHowLongTheClientStallsTheResponse() {
    tcp.handshake().clientSends(GET).serverSends(OK_100 + HALF);
    tcp.clientWindow(0).clientAcks();
    tcp.pause(300 * MILLI).serverAcks().clientAcks();
    tcp.clientWindow(500).clientAcks();
    tcp.pause(20 * MILLI).serverSends(HALF);

    assertThat(exchanges).hasSize(1);
    assertThat(responseMillis(0)).isEqualTo(303);
    assertThat(requestMillis(0)).isZero();
    assertThat(exchanges.getFirst().complete()).isTrue();
  }

  @Test
  void shouldMeasureHowLongTheServerStallsTheRequest() {
    tcp.handshake().clientSends("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n" + HALF);
    tcp.serverWindow(0).serverAcks().pause(40 * MILLI);
    tcp.serverWindow(1).serverAcks().clientSends(HALF);
    // The request is over: that the server has no room any more delays nothing.
    tcp.serverWindow(0).serverAcks().pause(7 * MILLI).serverSends(OK_100 + HALF + HALF);

    assertThat(requestMillis(0)).isEqualTo(41);
    assertThat(responseMillis(0)).isZero();
  }

  @Test
  void shouldLeaveOutWhatWasBeforeTheExchange() {
    tcp.handshake().clientSends(GET).serverSends(OK_100 + HALF + HALF);
    tcp.clientWindow(0).clientAcks().pause(100 * MILLI);
    tcp.clientSends(GET).pause(9 * MILLI);
    tcp.clientWindow(9).clientAcks().serverSends(OK_100 + HALF + HALF);

    assertThat(responseMillis(0)).isZero();
    assertThat(responseMillis(1)).isEqualTo(10);
  }

  @Test
  void shouldMeasureAStallThatNeverEnds() {
    tcp.handshake().clientSends(GET).serverSends(OK_100 + HALF);
    tcp.clientWindow(0).clientAcks().pause(5_000 * MILLI).serverResets();

    assertThat(exchanges.getFirst().outcome()).isEqualTo(Outcome.RESET);
    assertThat(responseMillis(0)).isEqualTo(5_001);
  }

  /** A packet of the server, with what a kernel has counted of the client's window. */
  private static void counted(Packet packet, boolean closed, long nanos) {
    packet.flowCounters(100, 10_000, 50, 5_000);
    packet.zeroWindows(false, 0, closed, nanos);
  }

  @Test
  void shouldTakeTheSourcesWordForAStallThatIsOver() {
    tcp.handshake().clientSends(GET).serverSends(OK_100 + HALF).pause(30 * MILLI);
    tcp.wire().source(packet -> counted(packet, false, 25 * MILLI));
    tcp.serverSends(HALF);

    assertThat(responseMillis(0)).isEqualTo(25);
    assertThat(requestMillis(0)).isZero();
  }

  @Test
  void shouldGoOnCountingAStallThatIsNotOver() {
    tcp.handshake().clientSends(GET).serverSends(OK_100 + HALF);
    tcp.wire().source(packet -> counted(packet, true, 5 * MILLI));
    tcp.serverSends("x");
    long last = tcp.wire().epochNanos();
    table.tick(last + 1_000 * MILLI);
    table.close(last + 1_000 * MILLI);

    assertThat(responseMillis(0)).isBetween(1_005L, 1_006L);
  }

  @Test
  void shouldNotTakeTheWindowOfAReset() {
    tcp.handshake().clientSends(GET).serverSends(OK_100 + HALF);
    tcp.clientWindow(0).clientResets();
    table.close(tcp.wire().epochNanos() + 1_000 * MILLI);

    assertThat(responseMillis(0)).isZero();
  }
}
