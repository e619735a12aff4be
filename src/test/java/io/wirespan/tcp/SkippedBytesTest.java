// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.capture.FlowShare;
import io.wirespan.capture.Packet;
import io.wirespan.capture.SkipControl;
import io.wirespan.capture.TraceRules;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a source was asked to leave out, and what becomes of what it says it has left out. */
class SkippedBytesTest {
  private static final int CLIENT_INITIAL = 1000;
  private static final int SERVER_INITIAL = 5000;
  private static final long CLIENT_STREAM = 14;
  private static final long SERVER_STREAM = 15;
  private static final int LARGE = 1_000_000;

  private final List<String> asked = new ArrayList<>();
  private final RecordingHandlers handlers = new RecordingHandlers();
  private final ConnectionTable table =
      new ConnectionTable(
          handlers,
          TraceRules.BY_CONTENT,
          TcpLimits.DEFAULT,
          ConnectionObserver.NONE,
          FlowShare.ALL,
          new RecordingControl());
  private final TcpConversation.Wire wire = new TcpConversation.Wire(table);
  private final TcpConversation conversation = new TcpConversation(wire);

  private final class RecordingControl implements SkipControl {
    @Override
    public void skipTo(long streamId, int endSequence, boolean follow) {
      asked.add("to " + streamId + " " + endSequence);
    }

    @Override
    public void skipStream(long streamId) {
      asked.add("stream " + streamId);
    }

    @Override
    public void skipConnection(long streamId) {
      asked.add("connection " + streamId);
    }
  }

  /** What the kernel says of a stream's run: offsets of its bytes. */
  private record Run(int from, int until, int retransmitted) {
    static final Run NONE = new Run(0, 0, 0);
  }

  /** The packets from here on come from a source that skips. */
  private void source(Run ofClient, Run ofServer) {
    wire.source(
        packet -> {
          boolean client = isFromClient(packet);
          packet.stream(client ? CLIENT_STREAM : SERVER_STREAM, false);
          if (ofClient != Run.NONE || ofServer != Run.NONE) {
            tell(packet, client ? ofClient : ofServer, client ? ofServer : ofClient, client);
          }
        });
  }

  private static boolean isFromClient(Packet packet) {
    return packet.bytes().getUnsignedShort(packet.offset() + 34) == 40_000;
  }

  private static void tell(Packet packet, Run sender, Run receiver, boolean client) {
    int sent = (client ? CLIENT_INITIAL : SERVER_INITIAL) + 1;
    int received = (client ? SERVER_INITIAL : CLIENT_INITIAL) + 1;
    long last = packet.timestampEpochNanos() - 1;
    packet.skippedOfSender().set(sent + sender.from, sent + sender.until, sender.retransmitted);
    packet.skippedOfSender().last(last, 70, 7000, 50, 5000);
    packet
        .skippedOfReceiver()
        .set(received + receiver.from, received + receiver.until, receiver.retransmitted);
    packet.skippedOfReceiver().last(last, 70, 7000, 50, 5000);
    packet.withSkipped();
  }

  private RecordingHandlers.Recording download() {
    source(Run.NONE, Run.NONE);
    conversation.handshake().clientSends("GET ").serverSends("HTTP");
    RecordingHandlers.Recording recording = handlers.only();
    recording.events.clear();
    recording.stamps.clear();
    return recording;
  }

  @Test
  void shouldDeliverWhatFollowsSkippedBytes() {
    RecordingHandlers.Recording recording = download();
    conversation.serverLoses(LARGE);
    source(Run.NONE, new Run(4, 4 + LARGE, 0));
    conversation.serverSends("end");

    assertThat(recording.events).containsExactly("< skipped 4+1000000", "< data 1000004 end");
    assertThat(recording.stamps).first().isEqualTo("0/50>50/70>70");
    assertThat(table.counters().gapBytes()).isZero();
  }

  @Test
  void shouldTakeTheOtherSidesWordForIt() {
    RecordingHandlers.Recording recording = download();
    conversation.serverLoses(LARGE);
    source(Run.NONE, new Run(4, 4 + LARGE, 0));
    // Its acknowledgement covers all that was skipped, and must not be taken for loss.
    conversation.clientSends("next").pause(TimeUnit.SECONDS.toNanos(1)).clientResets();

    assertThat(recording.events)
        .containsExactly("< skipped 4+1000000", "> data 4 next", "close RESET");
  }

  @Test
  void shouldTakeARunThatGrowsOnce() {
    RecordingHandlers.Recording recording = download();
    source(Run.NONE, new Run(4, 100, 0));
    conversation.clientSends("a");
    conversation.clientSends("b");
    source(Run.NONE, new Run(4, 300, 0));
    conversation.clientSends("c");

    assertThat(recording.events)
        .containsExactly(
            "< skipped 4+96", "> data 4 a", "> data 5 b", "< skipped 100+200", "> data 6 c");
  }

  @Test
  void shouldWaitForWhatPrecedesARun() {
    RecordingHandlers.Recording recording = download();
    // Lost before the hook: the segment behind it was forwarded, and a run began behind that.
    conversation.server(7, PacketBuilder.ACK, "two".getBytes());
    source(Run.NONE, new Run(10, 500, 0));
    conversation.clientSends("x");
    assertThat(recording.events).containsExactly("> data 4 x");

    conversation.server(4, PacketBuilder.ACK, "one".getBytes());
    assertThat(recording.events)
        .containsExactly(
            "> data 4 x", "< data 4 one", "< early 7+3", "< data 7 two", "< skipped 10+490");
  }

  @Test
  void shouldReportTheGapBeforeARun() {
    RecordingHandlers.Recording recording = download();
    source(Run.NONE, new Run(10, 500, 0));
    conversation.clientSends("x");
    conversation.pause(TimeUnit.SECONDS.toNanos(6)).clientSends("y");

    assertThat(recording.events)
        .containsExactly("> data 4 x", "< gap 4+6 LOST", "< skipped 10+490", "> data 5 y");
    assertThat(table.counters().gapBytes()).isEqualTo(6);
  }

  @Test
  void shouldReportWhatIsNeededAfterAllAsAGap() {
    RecordingHandlers.Recording recording = download();
    handlers.takesSkipped = false;
    source(Run.NONE, new Run(4, 500, 0));
    conversation.clientSends("x");

    assertThat(recording.events).containsExactly("< gap 4+496 LOST", "> data 4 x");
    assertThat(table.counters().gapBytes()).isEqualTo(496);
  }

  @Test
  void shouldTakeAPacketWithoutItsPayload() {
    RecordingHandlers.Recording recording = download();
    wire.source(packet -> packet.stream(SERVER_STREAM, true)).snapLength(54);
    conversation.serverSends("body").server(10, PacketBuilder.ACK, "late".getBytes());
    wire.source(packet -> packet.stream(SERVER_STREAM, false)).snapLength(Integer.MAX_VALUE);
    conversation.serverSends("22");

    assertThat(recording.events)
        .containsExactly("< skipped 4+4", "< data 8 22", "< early 10+4", "< skipped 10+4");
  }

  @Test
  void shouldCountRepeatedSegmentsOfARunOnce() {
    RecordingHandlers.Recording recording = download();
    source(Run.NONE, new Run(4, 100, 2));
    conversation.clientSends("a");
    conversation.clientSends("b");
    source(Run.NONE, new Run(4, 100, 3));
    conversation.clientSends("c");

    assertThat(recording.events).filteredOn(each -> each.contains("again")).hasSize(3);
    assertThat(table.counters().retransmittedSegments()).isEqualTo(3);
  }

  @Test
  void shouldGiveARunToTheConnectionThatTheSynEnds() {
    RecordingHandlers.Recording recording = download();
    source(Run.NONE, new Run(4, 500, 0));
    new TcpConversation(wire).initial(90_000, 95_000).syn();

    assertThat(recording.events).containsExactly("< skipped 4+496", "close REUSED");
  }

  @Test
  void shouldAskForLargeRemaindersOnly() {
    download();
    Connection connection = handlers.only().connection;
    connection.skip(Direction.SERVER_TO_CLIENT, 4 + 1000, true);
    assertThat(asked).isEmpty();

    connection.skip(Direction.SERVER_TO_CLIENT, 4 + LARGE, true);
    connection.skip(Direction.SERVER_TO_CLIENT, 4 + LARGE, true);
    assertThat(asked).containsExactly("to 15 " + (SERVER_INITIAL + 1 + 4 + LARGE));
  }

  @Test
  void shouldAskForWhatSequenceNumbersCanTellAtATime() {
    download();
    Connection connection = handlers.only().connection;
    long end = 10_000_000_000L;
    connection.skip(Direction.SERVER_TO_CLIENT, end, true);
    source(Run.NONE, new Run(4, 4 + SkipControl.MAX_SKIP, 0));
    conversation.clientSends("a");
    connection.skip(Direction.SERVER_TO_CLIENT, end, true);

    assertThat(asked)
        .containsExactly(
            "to 15 " + (SERVER_INITIAL + 5 + SkipControl.MAX_SKIP),
            "to 15 " + (SERVER_INITIAL + 5 + 2 * SkipControl.MAX_SKIP));
  }

  @Test
  void shouldAskAgainIfTheSourceHasForgotten() {
    download();
    Connection connection = handlers.only().connection;
    connection.skip(Direction.SERVER_TO_CLIENT, 100_000_000, true);
    for (int i = 0; i < 80; i++) {
      conversation.serverSends(new byte[60_000]);
      connection.skip(Direction.SERVER_TO_CLIENT, 100_000_000, true);
    }
    assertThat(asked).hasSize(2).containsOnly("to 15 " + (SERVER_INITIAL + 1 + 100_000_000));
  }

  @Test
  void shouldTellTheSourceWhatIsIgnored() {
    download();
    handlers.only().connection.ignore();
    assertThat(asked).containsExactly("connection 14");

    // The kernel has evicted the session, and made another.
    wire.source(packet -> packet.stream(isFromClient(packet) ? 20 : 21, false));
    conversation.clientSends("more").clientSends("more");
    assertThat(asked).containsExactly("connection 14", "connection 20");
  }

  @Test
  void shouldBelieveAResetOfAnIgnoredConnection() {
    download();
    handlers.only().connection.ignore();
    conversation.serverLoses(1 << 25).serverResets();
    assertThat(table.counters().connectionsOpen()).isZero();
  }

  @Test
  void shouldNotAskASourceThatCannotSkip() {
    conversation.handshake().clientSends("GET ").serverSends("HTTP");
    handlers.only().connection.skip(Direction.SERVER_TO_CLIENT, LARGE, true);
    handlers.only().connection.ignore();
    assertThat(asked).isEmpty();
  }
}
