// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static io.wirespan.tcp.PacketBuilder.ACK;
import static io.wirespan.tcp.PacketBuilder.IPV4;
import static io.wirespan.tcp.PacketBuilder.PSH;
import static io.wirespan.tcp.PacketBuilder.TCP;
import static io.wirespan.tcp.PacketBuilder.ethernet;
import static io.wirespan.tcp.PacketBuilder.ipv4;
import static io.wirespan.tcp.PacketBuilder.tcp;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wirespan.agent.Agent.Clock;
import io.wirespan.bpf.SyntheticCapture;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.FlowShare;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.PacketHandler;
import io.wirespan.capture.PacketSource;
import io.wirespan.capture.Side;
import io.wirespan.capture.SkipControl;
import io.wirespan.capture.TraceRules;
import io.wirespan.evidence.Condition;
import io.wirespan.evidence.Evidence;
import io.wirespan.evidence.EvidenceOptions;
import io.wirespan.protocol.ProtocolLimits;
import io.wirespan.tcp.FlowHashes;
import io.wirespan.tcp.PacketBuilder;
import io.wirespan.telemetry.ExchangeWriter;
import io.wirespan.telemetry.Json;
import io.wirespan.telemetry.OutputKind;
import io.wirespan.telemetry.Outputs;
import io.wirespan.telemetry.TestOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole agent with several workers, on rings in plain memory. */
@Timeout(300)
class WorkersTest {
  private static final int FLOWS = 60;
  private static final int REQUESTS = 20;
  private static final CaptureInterface ETH0 =
      PacketBuilder.captureInterface(LinkType.ETHERNET, Side.UNKNOWN);

  private final SyntheticCapture capture = new SyntheticCapture(3, 4 << 20, ETH0);
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private long time = System.nanoTime();
  private long fragments;

  @AfterEach
  void close() {
    capture.close();
  }

  /** What is traced of the rings, by so many workers, until all of them have read everything. */
  private void trace(int workers, List<Evidence> evidence) throws Exception {
    capture.rewind(workers);
    run(workers, evidence, capture::worker);
  }

  private interface Sources {
    PacketSource of(int worker);
  }

  private void run(int workers, List<Evidence> evidence, Sources sources) throws Exception {
    List<Optional<Evidence>> packets =
        new ArrayList<>(evidence.stream().map(Optional::of).toList());
    while (packets.size() < workers) {
      packets.add(Optional.empty());
    }
    Outputs outputs =
        Outputs.open(
            TestOptions.live(out, OutputKind.JSON),
            packets.getFirst().map(each -> each::onExchange),
            workers);
    PacketSource source = sources.of(0);
    Tracer tracer = tracer(outputs, outputs, packets.getFirst(), new FlowShare(0, workers));
    List<Worker> further = new ArrayList<>();
    for (int i = 1; i < workers; i++) {
      ExchangeWriter writer = outputs.another(packets.get(i).map(each -> each::onExchange));
      FlowShare share = new FlowShare(i, workers);
      further.add(
          new Worker(
              sources.of(i), tracer(outputs, writer, packets.get(i), share), writer, List.of()));
    }
    Reporter reporter = new Reporter(source, tracer, further, outputs, err, Optional.empty());
    Agent[] agent = new Agent[1];
    Chore stop =
        new Chore(
            Duration.ZERO,
            () -> {
              if (capture.isReadByAll()) {
                agent[0].stop();
              }
            });
    agent[0] = new Agent(source, tracer, reporter, Clock.SOURCE, List.of(stop), further);
    agent[0].run();
  }

  private static Tracer tracer(
      Outputs outputs, ExchangeWriter writer, Optional<Evidence> packets, FlowShare share) {
    return new Tracer(
        TraceRules.BY_CONTENT,
        outputs.headerSelection(),
        ProtocolLimits.DEFAULTS,
        writer,
        packets,
        share,
        SkipControl.NONE);
  }

  private List<Map<String, Object>> lines() {
    return out.toString(UTF_8).lines().map(Json::object).toList();
  }

  private Map<String, Object> account() {
    return Json.object(err.toString(UTF_8).lines().toList().getLast());
  }

  private long ignored(String reason) {
    return (long) Json.asObject(account().get("packets_ignored")).getOrDefault(reason, 0L);
  }

  private static String client(int flow) {
    return "10.0." + flow % 7 + "." + (1 + flow % 200);
  }

  private static int port(int flow) {
    return 40_000 + 13 * flow;
  }

  private static byte[] request(int flow, int number) {
    return ("GET /f/" + (100 + flow) + "/" + (100 + number) + " HTTP/1.1\r\nHost: a\r\n\r\n")
        .getBytes(ISO_8859_1);
  }

  private static byte[] response(int flow, int number) {
    int status = number == 7 ? 500 : 200;
    return ("HTTP/1.1 " + status + " OK\r\nContent-Length: 1\r\n\r\nx").getBytes(ISO_8859_1);
  }

  /** Every flow's requests and responses, in turns; some packets come in fragments. */
  private void fill(boolean withFragments) {
    for (int number = 0; number < REQUESTS; number++) {
      for (int flow = 0; flow < FLOWS; flow++) {
        byte[] request = request(flow, number);
        byte[] response = response(flow, number);
        int sent = 1 + number * request.length;
        int received = 1 + number * response.length;
        write(
            flow,
            true,
            tcp(port(flow), 80, sent, received, ACK | PSH, request),
            withFragments && (flow + number) % 10 == 0);
        write(
            flow,
            false,
            tcp(80, port(flow), received, sent + request.length, ACK | PSH, response),
            withFragments && (flow + number) % 10 == 5);
      }
    }
  }

  private void write(int flow, boolean fromClient, byte[] segment, boolean fragmented) {
    String source = fromClient ? client(flow) : "10.1.0.1";
    String destination = fromClient ? "10.1.0.1" : client(flow);
    int ring = (int) (time / 1_000 % 3);
    time += 1_000;
    if (!fragmented) {
      byte[] frame = ethernet(IPV4, ipv4(source, destination, TCP, segment));
      int hash = FlowHashes.ofTcp(source, destination, segment, ETH0.id());
      assertThat(capture.write(ring, time, hash, frame)).isTrue();
      return;
    }
    int id = (int) (time / 1_000) & 0xffff;
    byte[] head = Arrays.copyOf(segment, 24);
    byte[] rest = Arrays.copyOfRange(segment, 24, segment.length);
    for (byte[] packet :
        List.of(
            ipv4(source, destination, TCP, id, 3, rest),
            ipv4(source, destination, TCP, id, 0x2000, head))) {
      fragments++;
      assertThat(capture.writeFragment(ring, time++, ethernet(IPV4, packet))).isTrue();
    }
  }

  private void assertEveryExchangeOnce() {
    Map<String, Integer> counts = new HashMap<>();
    for (Map<String, Object> line : lines()) {
      assertThat(line).containsEntry("complete", true);
      counts.merge((String) line.get("target"), 1, Integer::sum);
    }
    assertThat(counts).hasSize(FLOWS * REQUESTS).allSatisfy((target, n) -> assertThat(n).isOne());
    assertThat(account())
        .containsEntry("exchanges_complete", (long) FLOWS * REQUESTS)
        .containsEntry("lines_written", (long) FLOWS * REQUESTS)
        .containsEntry("connections_total", (long) FLOWS);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void shouldReportEveryExchangeOnce(int workers) throws Exception {
    fill(false);
    trace(workers, List.of());
    assertEveryExchangeOnce();
    for (int flow = 0; flow < FLOWS; flow++) {
      // A flow stays with one worker, whose lines keep their order.
      String prefix = "/f/" + (100 + flow) + "/";
      assertThat(
              lines().stream()
                  .map(line -> (String) line.get("target"))
                  .filter(target -> target.startsWith(prefix)))
          .hasSize(REQUESTS)
          .isSorted();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void shouldGiveWhatCameInFragmentsToItsFlow(int workers) throws Exception {
    fill(true);
    trace(workers, List.of());
    assertEveryExchangeOnce();
    // All but the last of each datagram; each counted once, however many have looked at it.
    assertThat(ignored("fragment")).isEqualTo(fragments / 2).isPositive();
  }

  @Test
  void shouldKeepTheEvidenceOfAllWorkersWithinItsBounds(@TempDir Path directory) throws Exception {
    fill(false);
    EvidenceOptions options =
        new EvidenceOptions(directory, Condition.parse("status==500"), 40, 1 << 20);
    trace(4, Evidence.open(options, 4));

    assertEveryExchangeOnce();
    assertThat(account())
        .containsEntry("evidence_written", 40L)
        .containsEntry("evidence_skipped", FLOWS - 40L)
        .containsEntry("evidence_failed", 0L);
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).hasSize(40).allMatch(file -> file.toString().endsWith(".pcapng"));
    }
  }

  /** A source that breaks when it is polled for the fourth time. */
  private static final class Breaking extends StubSource {
    private final RuntimeException defect;
    private int polls;

    /**
     * @param defect null for a failure of the source
     */
    Breaking(RuntimeException defect) {
      this.defect = defect;
    }

    @Override
    public int poll(PacketHandler handler, int timeoutMillis) throws IOException {
      if (polls++ < 3) {
        return 0;
      }
      if (defect != null) {
        throw defect;
      }
      throw new IOException("the rings are gone");
    }
  }

  @Test
  void shouldEndWithTheFailureOfAnyWorkerAndFlushTheOthers() {
    fill(false);
    capture.rewind(3);
    // The third worker never reads, so that the rings are never read by all.
    assertThatThrownBy(
            () ->
                run(
                    3,
                    List.of(),
                    worker -> worker == 2 ? new Breaking(null) : capture.worker(worker)))
        .isInstanceOf(IOException.class)
        .hasMessage("the rings are gone");
    assertThat(lines()).hasSizeBetween(FLOWS * REQUESTS / 3, FLOWS * REQUESTS - 1);
    assertThat(account()).containsEntry("exchanges_complete", (long) lines().size());

    RuntimeException defect = new IllegalStateException("a defect");
    assertThatThrownBy(
            () ->
                run(
                    3,
                    List.of(),
                    worker -> worker == 1 ? new Breaking(defect) : capture.worker(worker)))
        .isSameAs(defect);
  }
}
