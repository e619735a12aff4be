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

import io.wirespan.bpf.SyntheticCapture;
import io.wirespan.capture.FlowShare;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.PacketSource;
import io.wirespan.capture.Side;
import io.wirespan.capture.TraceRules;
import io.wirespan.protocol.HeaderSelection;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.ProtocolLimits;
import io.wirespan.tcp.PacketBuilder;
import io.wirespan.telemetry.ExchangeWriter;
import io.wirespan.telemetry.OutputKind;
import io.wirespan.telemetry.OutputOptions;
import io.wirespan.telemetry.Outputs;
import io.wirespan.telemetry.Terminal;
import java.io.OutputStream;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * How the work divides among workers, by the CPU time of each: all walk the same rings, which are
 * full of small requests and responses, from the first record to the last. Run by bench/workers.
 *
 * <p>Up to as many workers as there are processors run side by side, which also gives the rate by
 * the clock; more take turns, so that none waits for a processor, and the slowest one's CPU time
 * says what they would do with one each.
 */
final class WorkerScaling {
  private static final int REQUESTS_PER_FLOW = 100;
  private static final int FLOWS = 1_500;
  private static final int CLIENTS_PER_ADDRESS = 20_000;
  private static final int WARM_UP_ROUNDS = 6;
  private static final int IDLE_CONNECTIONS = 50_000;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** So many share the flows that what one of them does is going past those of others. */
  private static final int CROWD = 1024;

  private final SyntheticCapture capture;
  private final OutputKind output;
  private final int records;

  /** One walk of all workers: by the clock, and each worker's CPU time; exchanges found. */
  private record Round(long wallNanos, long[] cpuNanos, long exchanges) {
    long slowestNanos() {
      return Arrays.stream(cpuNanos).max().orElseThrow();
    }

    long allNanos() {
      return Arrays.stream(cpuNanos).sum();
    }
  }

  private record Walked(long cpuNanos, long exchanges) {}

  private WorkerScaling(int rings, OutputKind output) {
    this.capture =
        new SyntheticCapture(
            rings,
            Long.highestOneBit((256L << 20) / rings),
            PacketBuilder.captureInterface(LinkType.ETHERNET, Side.INSIDE));
    this.records = fill(capture, rings);
    this.output = output;
  }

  private Outputs openOutputs() throws Exception {
    return Outputs.open(
        new OutputOptions(
            Set.of(output),
            OutputStream.nullOutputStream(),
            Terminal.NONE,
            false,
            Set.of(),
            Set.of(),
            Map.of()));
  }

  public static void main(String[] arguments) throws Exception {
    int rings = Integer.parseInt(arguments[0]);
    OutputKind output = OutputKind.valueOf(arguments[1].toUpperCase(Locale.ROOT));
    int rounds = Integer.parseInt(arguments[2]);
    WorkerScaling scaling = new WorkerScaling(rings, output);
    for (int i = 0; i < WARM_UP_ROUNDS; i++) {
      scaling.round(1 + i % 2);
    }
    System.out.printf(
        "%d rings, %d records of %d flows, %d processors, output %s, medians of %d rounds%n",
        rings, scaling.records, FLOWS, processors(), arguments[1], rounds);
    System.out.printf("going past a record of others: %.1f ns%n", scaling.passingNanos(rounds));
    System.out.printf("heap of an idle connection: %d bytes%n", scaling.connectionBytes());
    System.out.println(
        "workers  CPU ns/record: all  slowest  records/s with a core each  scaling  by the clock"
            + "  GC");
    double alone = 0;
    for (int workers : new int[] {1, 2, 4, 8, 16, 32, 64}) {
      alone = scaling.report(workers, rounds, alone);
    }
  }

  private static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  private double report(int workers, int rounds, double alone) throws Exception {
    long collectedBefore = collectionMillis();
    List<Round> measured = new ArrayList<>();
    long wall = 0;
    for (int i = 0; i < rounds; i++) {
      Round round = round(workers);
      if (round.exchanges() != (long) FLOWS * REQUESTS_PER_FLOW) {
        throw new IllegalStateException("exchanges=" + round.exchanges());
      }
      measured.add(round);
      wall += round.wallNanos();
    }
    double slowest = median(measured.stream().mapToLong(Round::slowestNanos).toArray()) / records;
    double all = median(measured.stream().mapToLong(Round::allNanos).toArray()) / records;
    double clock = median(measured.stream().mapToLong(Round::wallNanos).toArray()) / records;
    double base = workers == 1 ? slowest : alone;
    System.out.printf(
        "%7d  %18.1f  %7.1f  %26.2f M  %7.2f  %12s  %2.0f %%%n",
        workers,
        all,
        slowest,
        1e3 / slowest,
        base / slowest,
        workers <= processors() ? "%.2f M/s".formatted(1e3 / clock) : "-",
        100.0 * (collectionMillis() - collectedBefore) * 1e6 / wall);
    return base;
  }

  private static long collectionMillis() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(GarbageCollectorMXBean::getCollectionTime)
        .sum();
  }

  private static double median(long[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  private Round round(int workers) throws Exception {
    capture.rewind(workers);
    int sideBySide = Math.min(workers, processors());
    try (Outputs outputs = openOutputs();
        ExecutorService threads =
            Executors.newFixedThreadPool(workers <= processors() ? sideBySide : 1)) {
      List<Future<Walked>> running = new ArrayList<>();
      long start = System.nanoTime();
      for (int i = 0; i < workers; i++) {
        FlowShare share = new FlowShare(i, workers);
        ExchangeWriter writer = outputs.another(Optional.empty());
        running.add(threads.submit(() -> walk(share, outputs.headerSelection(), writer)));
      }
      long[] cpuNanos = new long[workers];
      long exchanges = 0;
      for (int i = 0; i < workers; i++) {
        Walked walked = running.get(i).get();
        cpuNanos[i] = walked.cpuNanos();
        exchanges += walked.exchanges();
      }
      long wall = System.nanoTime() - start;
      if (!capture.isReadByAll()) {
        throw new IllegalStateException("the rings were not given back");
      }
      return new Round(wall, cpuNanos, exchanges);
    }
  }

  private Walked walk(FlowShare share, HeaderSelection headers, ExchangeWriter writer)
      throws Exception {
    Tracer tracer = tracer(share, headers, writer);
    try (PacketSource source = capture.worker(share.worker())) {
      long before = THREADS.getCurrentThreadCpuTime();
      source.poll(tracer, 0);
      writer.flush();
      long cpu = THREADS.getCurrentThreadCpuTime() - before;
      return new Walked(cpu, tracer.counts().protocol().exchanges(Outcome.COMPLETE));
    }
  }

  private static Tracer tracer(FlowShare share, HeaderSelection headers, ExchangeWriter writer) {
    return new Tracer(
        TraceRules.BY_CONTENT, headers, ProtocolLimits.DEFAULTS, writer, Optional.empty(), share);
  }

  /** What it costs a worker that a record is not its own. */
  private double passingNanos(int rounds) throws Exception {
    long[] nanos = new long[rounds + 2];
    for (int i = 0; i < nanos.length; i++) {
      capture.rewind(CROWD);
      try (PacketSource source = capture.worker(i)) {
        long before = THREADS.getCurrentThreadCpuTime();
        source.poll(packet -> {}, 0);
        nanos[i] = THREADS.getCurrentThreadCpuTime() - before;
      }
    }
    return median(nanos) / records;
  }

  /** What a connection holds between two exchanges. */
  private long connectionBytes() throws Exception {
    try (Outputs outputs = openOutputs()) {
      Tracer tracer = tracer(FlowShare.ALL, outputs.headerSelection(), outputs);
      long before = usedBytes();
      long time = System.currentTimeMillis() * 1_000_000;
      for (int flow = 0; flow < IDLE_CONNECTIONS; flow++) {
        for (byte[] frame : List.of(request(flow, 0), response(flow, 0))) {
          tracer.onPacket(PacketBuilder.packet(LinkType.ETHERNET, frame, time++, 1));
        }
      }
      long used = usedBytes() - before;
      if (tracer.counts().connections().open() != IDLE_CONNECTIONS) {
        throw new IllegalStateException("open=" + tracer.counts().connections().open());
      }
      return used / IDLE_CONNECTIONS;
    }
  }

  private static long usedBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /** Requests and responses of all flows, mixed at random; a flow's packets lie in any ring. */
  private static int fill(SyntheticCapture capture, int rings) {
    Random random = new Random(3);
    int[] order = new int[FLOWS * REQUESTS_PER_FLOW];
    for (int i = 0; i < order.length; i++) {
      order[i] = i % FLOWS;
    }
    for (int i = order.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int moved = order[i];
      order[i] = order[other];
      order[other] = moved;
    }
    int[] requests = new int[FLOWS];
    long time = 1_000_000_000;
    for (int flow : order) {
      int number = requests[flow]++;
      int hash = (flow + 1) * 0x9e3779b1;
      write(capture, random.nextInt(rings), time += 1_000, hash, request(flow, number));
      write(capture, random.nextInt(rings), time += 1_000, hash, response(flow, number));
    }
    return 2 * order.length;
  }

  private static void write(SyntheticCapture capture, int ring, long time, int hash, byte[] frame) {
    if (!capture.write(ring, time, hash, frame)) {
      throw new IllegalStateException("the rings are too small");
    }
  }

  private static final byte[] REQUEST =
      ("GET /index.html HTTP/1.1\r\nHost: shop.example:8080\r\nUser-Agent: wrk/4.1.0\r\n"
              + "Accept: */*\r\n\r\n")
          .getBytes(ISO_8859_1);

  private static final byte[] RESPONSE =
      ("HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Wed, 25 Nov 2026 18:00:00 GMT\r\n"
              + "Content-Type: text/plain\r\nContent-Length: 6\r\nConnection: keep-alive\r\n\r\n"
              + "hello\n")
          .getBytes(ISO_8859_1);

  private static byte[] request(int flow, int number) {
    int sequence = 1 + number * REQUEST.length;
    int acknowledged = 1 + number * RESPONSE.length;
    byte[] segment = tcp(port(flow), 8080, sequence, acknowledged, ACK | PSH, REQUEST);
    return ethernet(IPV4, ipv4(client(flow), "10.1.0.1", TCP, segment));
  }

  private static byte[] response(int flow, int number) {
    int sequence = 1 + number * RESPONSE.length;
    int acknowledged = 1 + (number + 1) * REQUEST.length;
    byte[] segment = tcp(8080, port(flow), sequence, acknowledged, ACK | PSH, RESPONSE);
    return ethernet(IPV4, ipv4("10.1.0.1", client(flow), TCP, segment));
  }

  private static int port(int flow) {
    return 40_000 + flow % CLIENTS_PER_ADDRESS;
  }

  private static String client(int flow) {
    return "10.2.0." + (1 + flow / CLIENTS_PER_ADDRESS);
  }
}
