// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wirespan.agent.Agent.Clock;
import io.wirespan.capture.CaptureFileSource;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PcapngWriter;
import io.wirespan.capture.SetupException;
import io.wirespan.capture.Side;
import io.wirespan.capture.TraceRules;
import io.wirespan.evidence.Condition;
import io.wirespan.evidence.Evidence;
import io.wirespan.evidence.EvidenceCounters;
import io.wirespan.evidence.EvidenceOptions;
import io.wirespan.protocol.ProtocolLimits;
import io.wirespan.tcp.PacketBuilder;
import io.wirespan.tcp.TcpConversation;
import io.wirespan.tcp.TcpConversation.Wire;
import io.wirespan.telemetry.OutputKind;
import io.wirespan.telemetry.Outputs;
import io.wirespan.telemetry.TestOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Captures are traced with evidence, and what that leaves behind is traced again. */
class EvidenceReplayTest {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000 * MILLI;

  @TempDir private Path temporary;
  private EvidenceCounters counters;
  private String accounting = "";

  private static String get(String target) {
    return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }

  private static String answer(int status, String body) {
    return "HTTP/1.1 " + status + " X\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private Path capture(Consumer<Wire> traffic) throws IOException {
    Path file = temporary.resolve("capture.pcapng");
    try (PcapngWriter writer =
        new PcapngWriter(
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE))) {
      traffic.accept(new Wire(packet -> write(writer, packet)));
    }
    return file;
  }

  private static void write(PcapngWriter writer, Packet packet) {
    try {
      writer.write(packet);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static TcpConversation connection(Wire wire, int clientPort) {
    return new TcpConversation(wire, "10.0.0.1", clientPort, "10.0.0.2", 80);
  }

  private Path directory() {
    return temporary.resolve("evidence/here");
  }

  private EvidenceOptions keep(String when, int maxFiles, long maxBytes) throws Exception {
    return new EvidenceOptions(directory(), Condition.parse(when), maxFiles, maxBytes);
  }

  private List<String> traceKeeping(Path file, EvidenceOptions options) throws Exception {
    Evidence evidence = Evidence.open(options);
    List<String> lines = trace(file, Optional.of(evidence));
    counters = evidence.counters();
    return lines;
  }

  private List<String> trace(Path file, Optional<Evidence> evidence) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Outputs outputs =
        Outputs.open(
            TestOptions.replay(out, OutputKind.JSON), evidence.map(each -> each::onExchange));
    Tracer tracer =
        new Tracer(
            TraceRules.BY_CONTENT,
            outputs.headerSelection(),
            ProtocolLimits.DEFAULTS,
            outputs,
            evidence);
    CaptureFileSource source = CaptureFileSource.open(file.toString(), Side.UNKNOWN);
    Reporter reporter = new Reporter(source, tracer, List.of(), outputs, err, Optional.empty());
    new Agent(source, tracer, reporter, Clock.PACKETS, List.of()).run();
    accounting = err.toString(UTF_8);
    return out.toString(UTF_8).lines().toList();
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(directory())) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static String field(String line, String name) {
    return line.replaceFirst(".*\"" + name + "\":\"?([^\",}]*).*", "$1");
  }

  private Path evidenceOf(String line) {
    String name = field(line, "trace_id") + "-" + field(line, "span_id");
    return directory().resolve(name + ".pcapng");
  }

  private List<String> replayed(String line) throws Exception {
    return trace(evidenceOf(line), Optional.empty());
  }

  /** A replay has the handshake as well, which only a connection's first exchange tells of. */
  private static String withoutHandshake(String line) {
    return line.replaceAll("\"handshake_([a-z_]*)\":[0-9.]+", "\"handshake_$1\":null");
  }

  @Test
  void shouldGiveTheSameExchangeAgain() throws Exception {
    Path file =
        capture(
            wire -> {
              TcpConversation a = connection(wire, 1001).handshake();
              TcpConversation b = connection(wire, 1002).handshake();
              a.clientSends(get("/quick")).serverSends(answer(200, "x"));
              a.clientSends(get("/slow")).serverAcks().pause(1_500 * MILLI);
              b.clientSends(get("/closed")).serverAcks().serverFin().clientAcks().clientFin();
              a.serverSends(answer(200, "slow")).clientAcks();
              a.clientSends(get("/quick2")).serverSends(answer(200, "x"));
              a.clientSends("PUT /broken HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo");
              a.clientSends("dy").serverSends(answer(503, "broken")).clientAcks();
              a.clientSends(get("/reset")).serverSends("HTTP/1.1 200 OK\r\n").serverResets();
              TcpConversation c = connection(wire, 1003).handshake();
              c.clientSends(get("/until-close")).serverSends("HTTP/1.1 500 X\r\n\r\nxyz");
              c.clientAcks().serverFin().clientFin().serverAcks();
              connection(wire, 1004).handshake().clientSends(get("/open")).serverAcks();
            });

    List<String> lines = traceKeeping(file, keep(Condition.DEFAULT, 10, 1 << 20));

    List<String> wanted =
        lines.stream().filter(line -> !field(line, "target").startsWith("/quick")).toList();
    assertThat(lines).hasSize(8);
    assertThat(wanted).hasSize(6);
    assertThat(files()).hasSize(6);
    for (String line : wanted) {
      List<String> again = replayed(line);
      assertThat(again).as(line).hasSize(1);
      assertThat(withoutHandshake(again.getFirst())).isEqualTo(withoutHandshake(line));
      assertThat(again.getFirst()).doesNotContain("\"handshake_us\":null");
    }
    assertThat(replayed(wanted.getLast())).containsExactly(wanted.getLast());
    assertThat(counters).isEqualTo(new EvidenceCounters(6, 0, 0, 0));
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(evidenceOf(lines.get(1)))))
        .isEqualTo("rw-------");
  }

  @Test
  void shouldTellOfLaterRequestsWithoutAnswer() throws Exception {
    Path file =
        capture(
            wire -> {
              TcpConversation a = connection(wire, 1001).handshake();
              a.clientSends(get("/1")).serverSends(answer(200, "x")).clientAcks();
              a.clientSends(get("/closed")).serverFin().clientFin().serverAcks();
              TcpConversation b = connection(wire, 1002).handshake();
              b.clientSends(get("/1")).serverSends(answer(200, "x")).clientAcks();
              b.clientSends(get("/reset")).serverAcks().clientResets();
              TcpConversation c = connection(wire, 1003).handshake();
              c.clientSends(get("/1")).serverSends(answer(200, "x")).clientAcks();
              c.clientSends(get("/open")).serverAcks();
            });

    List<String> lines = traceKeeping(file, keep("incomplete", 10, 1 << 20));
    lines = lines.stream().filter(line -> !field(line, "target").equals("/1")).toList();

    assertThat(lines)
        .extracting(line -> field(line, "incomplete"))
        .containsExactly("no-response", "reset", "still-open");
    for (String line : lines) {
      assertThat(replayed(line)).containsExactly(line);
    }
  }

  @Test
  void shouldHoldNoPacketOfOthers() throws Exception {
    Path file =
        capture(
            wire -> {
              TcpConversation a = connection(wire, 1001).handshake();
              TcpConversation b = connection(wire, 1002).handshake();
              a.clientSends(get("/before")).serverSends(answer(200, "x")).clientAcks();
              a.clientSends(get("/wanted"));
              b.clientSends(get("/other"));
              a.serverAcks();
              b.serverSends(answer(200, "x"));
              a.serverSends(answer(500, "x")).clientAcks();
              a.clientSends(get("/after")).serverSends(answer(200, "x"));
            });

    List<String> lines = traceKeeping(file, keep("status==500", 10, 1 << 20));
    replayed(lines.get(2));

    // Three of the handshake; request, acknowledgement, response.
    assertThat(accounting).contains("\"packets_seen\":6,").contains("\"connections_total\":1,");
  }

  @Test
  void shouldGiveRetransmissionsAndStallsAgain() throws Exception {
    Path file =
        capture(
            wire -> {
              TcpConversation a = connection(wire, 1001).handshake();
              String first = "HTTP/1.1 500 X\r\nContent-Length: 20\r\n\r\n0123456789";
              a.clientSends(get("/")).serverSends(first);
              a.server(0, PacketBuilder.ACK, first.getBytes(ISO_8859_1));
              a.clientWindow(0).clientAcks().pause(70 * MILLI);
              a.clientWindow(9).clientAcks().serverSends("0123456789");
            });

    List<String> lines = traceKeeping(file, keep("status==500", 10, 1 << 20));

    assertThat(replayed(lines.getFirst())).isEqualTo(lines);
    assertThat(lines.getFirst())
        .contains("\"retransmits\":1,\"out_of_order\":0,\"zero_window_us\":71000.000}");
  }

  @Test
  void shouldKeepWhatAPipelinedExchangeIsMatchedBy() throws Exception {
    Path file =
        capture(
            wire ->
                connection(wire, 1001)
                    .handshake()
                    .clientSends(get("/1"))
                    .clientSends(get("/2") + get("/3"))
                    .serverSends(answer(200, "x"))
                    .serverSends(answer(501, "y") + answer(502, "z")));

    List<String> lines = traceKeeping(file, keep("status>=500", 10, 1 << 20));

    assertThat(lines).hasSize(3);
    assertThat(replayed(lines.get(1))).isEqualTo(lines);
    assertThat(replayed(lines.get(2))).isEqualTo(lines);
  }

  @Test
  void shouldGiveMissingBytesAgain() throws Exception {
    Path file =
        capture(
            wire -> {
              TcpConversation a = connection(wire, 1001).handshake();
              a.clientSends(get("/")).serverSends(answer(500, "x".repeat(2_000)).substring(0, 900));
              a.serverLoses(answer(500, "x".repeat(2_000)).length() - 900).clientAcks();
              a.pause(SECOND).clientSends(get("/2")).serverSends(answer(200, ""));
            });

    List<String> lines = traceKeeping(file, keep("status==500", 10, 1 << 20));

    assertThat(lines.getFirst()).contains("\"complete\":true").doesNotContain("\"gap_bytes\":0");
    assertThat(replayed(lines.getFirst())).contains(lines.getFirst());
  }

  @Test
  void shouldDropTheMiddleOfWhatIsTooLarge() throws Exception {
    int packets = 6_000;
    Path file =
        capture(
            wire -> {
              TcpConversation a = connection(wire, 1001).handshake();
              wire.stepNanos(MILLI / 10);
              a.clientSends(get("/large"));
              a.serverSends("HTTP/1.1 500 X\r\nContent-Length: " + packets * 1_000 + "\r\n\r\n");
              for (int i = 0; i < packets; i++) {
                a.serverSends(new byte[1_000]);
              }
            });

    List<String> lines = traceKeeping(file, keep("status==500", 10, 100 << 20));
    List<String> again = replayed(lines.getFirst());

    assertThat(counters.packetsDropped()).isBetween(1_500L, 4_500L);
    assertThat(again).hasSize(1);
    assertThat(Integer.parseInt(field(again.getFirst(), "gap_bytes")))
        .isEqualTo(1_000 * (int) counters.packetsDropped());
    for (String same : List.of("target", "status", "duration_us", "complete", "body_bytes")) {
      assertThat(field(again.getFirst(), same)).isEqualTo(field(lines.getFirst(), same));
    }
    assertThat(Files.readString(evidenceOf(lines.getFirst()), ISO_8859_1))
        .contains("wirespan: no room for " + counters.packetsDropped() + " packets");
  }

  private static void failures(Wire wire) {
    TcpConversation a = connection(wire, 1001).handshake();
    for (int i = 0; i < 5; i++) {
      a.clientSends(get("/" + i)).serverSends(answer(500, "x"));
    }
  }

  @Test
  void shouldStopAtTheMostFilesAndDeleteNone() throws Exception {
    Path file = capture(EvidenceReplayTest::failures);

    List<String> lines = traceKeeping(file, keep("status==500", 2, 1 << 20));

    assertThat(counters).isEqualTo(new EvidenceCounters(2, 3, 0, 0));
    assertThat(accounting)
        .contains("\"evidence_written\":2,\"evidence_skipped\":3,\"evidence_failed\":0");
    assertThat(List.of(evidenceOf(lines.get(0)), evidenceOf(lines.get(1)))).allMatch(Files::exists);
    List<String> first = files();

    traceKeeping(file, keep("status==500", 3, 1 << 20));

    // Those of the first run count; written again they take no more room.
    assertThat(files()).hasSize(3).containsAll(first);
  }

  @Test
  void shouldStopAtTheMostBytes() throws Exception {
    Path file = capture(EvidenceReplayTest::failures);

    traceKeeping(file, keep("status==500", 100, 3_000));

    long size = 0;
    for (String name : files()) {
      size += Files.size(directory().resolve(name));
    }
    assertThat(size).isLessThanOrEqualTo(3_000);
    assertThat(counters.written()).isBetween(2L, 4L);
    assertThat(counters.skipped()).isEqualTo(5 - counters.written());
  }

  @Test
  void shouldGoOnTracingIfNothingCanBeWritten() throws Exception {
    Path file = capture(EvidenceReplayTest::failures);
    Evidence evidence = Evidence.open(keep("status==500", 100, 1 << 20));
    Files.delete(directory());

    assertThat(trace(file, Optional.of(evidence))).hasSize(5);
    assertThat(evidence.counters()).isEqualTo(new EvidenceCounters(0, 0, 5, 0));
  }

  @Test
  void shouldSayAtOnceThatThereCanBeNoSuchDirectory() throws Exception {
    Files.writeString(temporary.resolve("evidence"), "a file");

    assertThatThrownBy(() -> Evidence.open(keep("complete", 1, 1)))
        .isInstanceOf(SetupException.class)
        .hasMessageStartingWith("cannot keep evidence in " + directory() + ": ");
  }
}
