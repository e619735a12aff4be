// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import static io.wirespan.tcp.PacketBuilder.ACK;
import static io.wirespan.tcp.PacketBuilder.FIN;
import static io.wirespan.tcp.PacketBuilder.RST;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.capture.TraceRules;
import io.wirespan.tcp.TcpConversation.Wire;
import io.wirespan.tcp.TcpLimits.Buffers;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamReassemblerTest {
  private static final byte[] NOTHING = new byte[0];
  private static final long HOLE_NANOS = TcpLimits.Buffers.DEFAULT.holeNanos();

  private final RecordingHandlers handlers = new RecordingHandlers();
  private final ConnectionTable table = new ConnectionTable(handlers, TraceRules.BY_CONTENT);
  private final Wire wire = new Wire(table);
  private final TcpConversation conversation = new TcpConversation(wire);

  private List<String> events() {
    return handlers.only().events;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(ISO_8859_1);
  }

  @Test
  void shouldPutSegmentsInOrderWithTheirOwnStamps() {
    conversation.handshake();
    conversation.client(4, ACK, ascii("cd")).client(6, ACK, ascii("ef"));
    assertThat(events()).isEmpty();
    assertThat(table.counters().bufferedBytes()).isPositive();
    conversation.client(0, ACK, ascii("GETb"));
    assertThat(events())
        .containsExactly("> data 0 GETb", "> early 4+2", "> data 4 cd", "> data 6 ef");
    assertThat(handlers.only().stamps).containsExactly("6/4>5/1>1", "4/2>3/1>1", "5/3>4/1>1");
    assertThat(table.counters().outOfOrderSegments()).isEqualTo(1);
    assertThat(table.counters().bufferedBytes()).isZero();
  }

  @Test
  void shouldDropRepeatedBytesOnce() {
    conversation.handshake().clientSends("GETabc");
    conversation.client(0, ACK, ascii("GETabc")).client(3, ACK, ascii("xyzdef"));
    assertThat(events())
        .containsExactly("> data 0 GETabc", "> again 0+6", "> data 6 def", "> again 3+3");
    assertThat(table.counters().retransmittedSegments()).isEqualTo(2);
  }

  @Test
  void shouldKeepTheFirstCopyAmongBufferedSegments() {
    conversation.handshake();
    conversation.client(4, ACK, ascii("BB")).client(8, ACK, ascii("DD"));
    conversation.client(3, ACK, ascii("xxxxxxxx"));
    conversation.client(0, ACK, ascii("GETyyy"));
    assertThat(new String(handlers.only().stream(Direction.CLIENT_TO_SERVER), ISO_8859_1))
        .isEqualTo("GETxBBxxDDx");
    assertThat(events()).contains("> again 4+4", "> again 3+3");
  }

  @Test
  void shouldIgnoreKeepAliveProbes() {
    conversation.handshake().clientSends("GET");
    conversation.client(2, ACK, NOTHING).client(2, ACK, new byte[1]).clientSends("more");
    assertThat(events()).containsExactly("> data 0 GET", "> data 3 more");
    assertThat(table.counters().retransmittedSegments()).isZero();
  }

  @Test
  void shouldDeliverTheByteOfAZeroWindowProbe() {
    conversation.handshake().clientSends("GET").client(3, ACK, ascii("m")).clientSends("more");
    assertThat(events())
        .containsExactly("> data 0 GET", "> data 3 m", "> data 4 ore", "> again 3+1");
  }

  @Test
  void shouldReportBytesThatTheOtherSideHasAcknowledged() {
    conversation.handshake().clientSends("GET").serverLoses(10).serverSends("body");
    assertThat(events()).containsExactly("> data 0 GET");
    conversation.clientAcks().pause(5_000_000).clientAcks();
    assertThat(events()).containsExactly("> data 0 GET", "< gap 0+10 LOST", "< data 10 body");
    assertThat(table.counters().gapBytes()).isEqualTo(10);
    // Both carry the stamp of the segment behind the gap.
    assertThat(handlers.only().stamps).containsExactly("4/2>3/1>1", "5/3>3/1>2", "5/3>3/1>2");
  }

  @Test
  void shouldWaitForAPacketThatTheCaptureDeliversLate() {
    wire.stepNanos(100_000);
    conversation.handshake().clientSends("GET");
    conversation.serverLoses(2).server(2, ACK, ascii("dy"));
    conversation.serverLoses(2).clientAcks().clientAcks().server(0, ACK, ascii("bo"));
    assertThat(events())
        .containsExactly("> data 0 GET", "< data 0 bo", "< early 2+2", "< data 2 dy");
    assertThat(table.counters().gapBytes()).isZero();
  }

  @Test
  void shouldReportALostEndOfAResponseBeforeTheNextRequest() {
    conversation.handshake().clientSends("GET").serverSends("HTTP").serverLoses(10).clientAcks();
    long acknowledged = wire.epochNanos();
    conversation.pause(TimeUnit.SECONDS.toNanos(1)).clientSends("GET");
    assertThat(events())
        .containsExactly("> data 0 GET", "< data 0 HTTP", "< gap 4+10 LOST", "> data 3 GET");
    // The gap bears the stamp of the acknowledgement, not that of the next request.
    assertThat(handlers.only().stamps.get(2)).startsWith("6/");
    assertThat(acknowledged).isLessThan(wire.epochNanos());
  }

  @Test
  void shouldReportARequestThatWasLostAsAWhole() {
    conversation.handshake().clientLoses(30).serverSends("HTTP");
    assertThat(handlers.connections).hasSize(1);
    assertThat(events()).as("it may be late").isEmpty();
    table.close(wire.epochNanos());
    assertThat(events()).containsExactly("> gap 0+30 LOST", "< data 0 HTTP", "close SHUTDOWN");
  }

  @Test
  void shouldNotTakeALostFinForData() {
    conversation.handshake().clientSends("GET").serverSends("HTTP").serverLoses(1).clientAcks();
    conversation.pause(TimeUnit.SECONDS.toNanos(1)).clientFin();
    table.close(wire.epochNanos());
    assertThat(events())
        .containsExactly("> data 0 GET", "< data 0 HTTP", "> end", "close SHUTDOWN");
  }

  @Test
  void shouldNotWaitForeverForBytesThatNobodyAcknowledged() {
    conversation.handshake().client(3, ACK, ascii("xyz"));
    conversation.pause(HOLE_NANOS).client(6, ACK, ascii("uvw"));
    assertThat(events()).containsExactly("> gap 0+3 LOST", "> data 3 xyz", "> data 6 uvw");
  }

  @Test
  void shouldEndWaitingByTickOnASilentConnection() {
    conversation.handshake().client(3, ACK, ascii("xyz"));
    table.tick(wire.epochNanos() + HOLE_NANOS / 2);
    assertThat(events()).isEmpty();
    table.tick(wire.epochNanos() + HOLE_NANOS);
    table.tick(wire.epochNanos() + HOLE_NANOS * 9 / 8);
    assertThat(events()).containsExactly("> gap 0+3 LOST", "> data 3 xyz");
  }

  @Test
  void shouldFlushHolesWhenTheConnectionIsReset() {
    conversation.handshake().clientSends("GET").server(4, ACK, ascii("body"));
    conversation.server(10, RST, NOTHING);
    assertThat(events())
        .containsExactly(
            "> data 0 GET", "< gap 0+4 LOST", "< data 4 body", "< gap 8+2 LOST", "close RESET");
  }

  @Test
  void shouldEndAStreamBehindAHole() {
    conversation.handshake().clientSends("GET").serverSends("HTTP").serverLoses(5).serverFin();
    conversation.clientAcks().pause(5_000_000).clientFin();
    assertThat(events())
        .containsExactly(
            "> data 0 GET", "< data 0 HTTP", "< gap 4+5 LOST", "< end", "> end", "close FINISHED");
  }

  @Test
  void shouldTakeAFinThatOvertookItsData() {
    conversation.handshake().clientSends("GET").server(4, ACK | FIN, ascii("dy"));
    conversation.server(0, ACK, ascii("HTTP"));
    assertThat(events())
        .containsExactly("> data 0 GET", "< data 0 HTTP", "< early 4+2", "< data 4 dy", "< end");
  }

  @Test
  void shouldIgnoreDataBehindTheFin() {
    conversation.handshake().client(5, ACK, ascii("beyond")).client(3, FIN | ACK, NOTHING);
    conversation.client(0, ACK, ascii("GETmore")).client(9, ACK, ascii("x"));
    assertThat(events()).containsExactly("> data 0 GET", "> end");
    assertThat(table.counters().bufferedBytes()).isZero();
  }

  @Test
  void shouldReportWhatTheSnapLengthCutOff() {
    conversation.handshake();
    wire.snapLength(14 + 20 + 20 + 3);
    conversation.clientSends("GETabc").serverSends("HT").clientSends("GET");
    assertThat(events())
        .containsExactly("> data 0 GET", "> gap 3+3 TRUNCATED", "< data 0 HT", "> data 6 GET");
    assertThat(table.counters().gapBytes(GapCause.TRUNCATED)).isEqualTo(3);
  }

  @Test
  void shouldReportWhatTheSnapLengthCutOffAnEarlySegment() {
    conversation.handshake();
    wire.snapLength(14 + 20 + 20 + 3);
    conversation.client(3, ACK, ascii("abcd")).client(0, ACK, ascii("GET"));
    assertThat(events())
        .containsExactly("> data 0 GET", "> early 3+4", "> data 3 abc", "> gap 6+1 TRUNCATED");
  }

  @Test
  void shouldDeliverAResponseBehindTheRequestThatItAcknowledges() {
    TcpConversation earlier = new TcpConversation(wire).handshake();
    conversation.clientLoses(3).serverSends("HTTP").serverFin();
    earlier.clientSends("GET");
    assertThat(events()).containsExactly("> data 0 GET", "< data 0 HTTP", "< end");
    assertThat(handlers.only().stamps).containsExactly("6/2>3/3>3", "4/2>2/1>2", "5/2>2/2>3");
    assertThat(table.counters().outOfOrderSegments()).isZero();
  }

  @Test
  void shouldDeliverInTheOrderOfCausesWhateverTheOrderOfPackets() {
    TcpConversation first = new TcpConversation(wire).handshake();
    TcpConversation second = new TcpConversation(wire).clientLoses(3);
    TcpConversation third = new TcpConversation(wire).clientLoses(3).serverLoses(4);
    conversation.clientLoses(6).serverLoses(4).serverSends("more");
    third.clientSends("GET");
    second.serverSends("HTTP");
    first.clientSends("GET");
    assertThat(events())
        .containsExactly(
            "> data 0 GET",
            "< data 0 HTTP",
            "> early 3+3",
            "> data 3 GET",
            "< early 4+4",
            "< data 4 more");
  }

  /** Nothing is both before and behind something else: such numbers are not a TCP's. */
  @Test
  void shouldNotWaitForEverForAcknowledgementsThatContradictEachOther() {
    conversation.handshake();
    conversation.serverLoses(4).client(0, ACK, ascii("GET"));
    conversation.clientLoses(3).server(0, ACK, ascii("HTTP"));
    assertThat(events()).isEmpty();
    conversation.pause(5_000_000).clientAcks();
    assertThat(events()).containsExactly("> data 0 GET", "< data 0 HTTP");
    assertThat(table.counters().gapBytes()).isZero();
  }

  @Test
  void shouldNotKeepForTheOtherDirectionWhatDoesNotFitTheBuffers() {
    RecordingHandlers few = new RecordingHandlers();
    Buffers buffers = new Buffers(1 << 20, 1 << 20, 2, HOLE_NANOS, 1_000_000_000);
    Wire full = new Wire(withBuffers(few, buffers));
    TcpConversation earlier = new TcpConversation(full).handshake();
    TcpConversation talk = new TcpConversation(full).clientLoses(3);
    talk.serverSends("a").serverSends("b").serverSends("c").serverSends("d");
    assertThat(few.only().events)
        .as("what the client sent is given up first")
        .containsExactly("> gap 0+3 LOST", "< data 0 a", "< data 1 b", "< data 2 c", "< data 3 d");
    earlier.clientSends("GET");
    assertThat(few.only().events).endsWith("> again 0+3");
  }

  @Test
  void shouldJoinInTheMiddleAtTheFirstPayload() {
    conversation.client(1000, ACK, ascii("body")).client(996, ACK, ascii("some"));
    conversation.pause(5_000_000).client(1004, ACK, ascii("more"));
    assertThat(events()).containsExactly("> data 0 some", "> data 4 body", "> data 8 more");
    conversation.client(500, ACK, ascii("older"));
    assertThat(table.counters().retransmittedSegments()).isZero();
    assertThat(table.counters().segmentsBeforeJoin()).isOne();
  }

  @Test
  void shouldBeginWithTheHandshakeThoughItIsDeliveredLast() {
    conversation.client(4, ACK | FIN, ascii("more")).client(0, ACK, ascii("GET/"));
    conversation.clientLoses(9).serverSends("HTTP");
    new TcpConversation(wire).synAck().syn();
    assertThat(events())
        .containsExactly("> data 0 GET/", "> data 4 more", "> end", "< data 0 HTTP");
    assertThat(table.counters().connectionsTotal()).isOne();
    assertThat(handlers.only().connection.synAckEpochNanos()).isPositive();
  }

  @Test
  void shouldNoticeALostResponseStartAfterJoiningWithItsRequest() {
    conversation.clientSends("GET").serverLoses(10).serverSends("body").clientAcks();
    conversation.pause(5_000_000).clientAcks();
    assertThat(events()).containsExactly("> data 0 GET", "< gap 0+10 LOST", "< data 10 body");
  }

  @Test
  void shouldNoticeAResponseThatWasLostAsAWholeAfterJoiningWithItsRequest() {
    conversation.clientSends("GET").serverLoses(10).clientSends("GET").serverSends("HTTP");
    conversation.pause(5_000_000).clientAcks();
    assertThat(events())
        .containsExactly("> data 0 GET", "< gap 0+10 LOST", "> data 3 GET", "< data 10 HTTP");
  }

  @Test
  void shouldFollowOneDirectionAlone() {
    conversation.clientSends("GET").clientSends("GET").clientFin();
    table.tick(wire.epochNanos() + 100_000_000);
    assertThat(events()).containsExactly("> data 0 GET", "> data 3 GET", "> end");
  }

  @Test
  void shouldGiveUpHolesThatNeedMoreSegmentsThanTheCapsAllow() {
    RecordingHandlers few = new RecordingHandlers();
    ConnectionTable small = withBuffers(few, new Buffers(1 << 20, 1 << 20, 3, HOLE_NANOS, 0));
    TcpConversation talk = new TcpConversation(small).handshake();
    for (int offset = 2; offset < 12; offset += 2) {
      talk.client(offset, ACK, ascii("x"));
    }
    assertThat(few.only().events)
        .containsExactly("> gap 0+2 LOST", "> data 2 x", "> gap 3+1 LOST", "> data 4 x");
  }

  @ParameterizedTest
  @CsvSource({"2048, 1048576", "1048576, 2048"})
  void shouldGiveUpHolesThatNeedMoreBytesThanTheCapsAllow(int maxBytes, int maxBytesPerDirection) {
    RecordingHandlers few = new RecordingHandlers();
    Buffers buffers = new Buffers(maxBytes, maxBytesPerDirection, 1024, HOLE_NANOS, 0);
    ConnectionTable small = withBuffers(few, buffers);
    TcpConversation talk = new TcpConversation(small).handshake();
    talk.client(10, ACK, ascii("x".repeat(1000))).client(2000, ACK, ascii("y".repeat(1000)));
    assertThat(few.only().events)
        .containsExactly("> gap 0+10 LOST", "> data 10 " + "x".repeat(1000));
    talk.client(4000, ACK, ascii("z".repeat(5000)));
    assertThat(few.only().events)
        .endsWith("> gap 3000+1000 LOST", "> data 4000 " + "z".repeat(5000));
    assertThat(small.counters().bufferedBytesPeak()).isBetween(1000L, 2048L);
    assertThat(small.counters().bufferedBytes()).isZero();
  }

  private static ConnectionTable withBuffers(RecordingHandlers handlers, Buffers buffers) {
    TcpLimits limits =
        new TcpLimits(TcpLimits.Connections.DEFAULT, buffers, TcpLimits.Fragments.DEFAULT);
    return new ConnectionTable(handlers, TraceRules.BY_CONTENT, limits);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, -2, -4, -7, 0x7fffffff, 0x7ffffffd, 0})
  void shouldCountOnWhereSequenceNumbersWrap(int initial) {
    conversation.initial(initial, initial).handshake();
    conversation.client(3, ACK, ascii("abc")).client(0, ACK, ascii("GET"));
    conversation.client(0, ACK, ascii("GETabcdef"));
    conversation.serverLoses(4).serverSends("body").clientAcks().pause(5_000_000).clientAcks();
    assertThat(events())
        .containsExactly(
            "> data 0 GET",
            "> early 3+3",
            "> data 3 abc",
            "> data 6 def",
            "> again 0+6",
            "< gap 0+4 LOST",
            "< data 4 body");
  }
}
