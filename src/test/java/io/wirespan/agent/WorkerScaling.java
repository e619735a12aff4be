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
import io.wirespan.capture.SkipControl;
import io.wirespan.capture.TraceRules;
import io.wirespan.protocol.HeaderSelection;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.ProtocolLimits;
import io.wirespan.tcp.PacketBuilder;
import io.wirespan.telemetry.ExchangeWriter;
import io.wirespan.telemetry.OutputKind;
import io.wirespan.telemetry.Outputs;
import io.wirespan.telemetry.TestOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * How the work divides among workers, by the CPU time of each: all walk the same rings, which are
 * full of small requests and responses, from the first record to the last. Run by bench/workers.
 *
 * <p>They take turns at parts of the records, so that none waits for a processor, and the CPU time
 * of the slowest says what they would do with one each. What they do to each other's caches when
 * they do run at once, only as many as there are processors can show: those also run side by side.
 */
final class WorkerScaling {
  private static final int REQUESTS_PER_FLOW = 100;
  private static final int FLOWS = 1_500;
  private static final int CLIENTS_PER_ADDRESS = 20_000;
  private static final int WARM_UP_ROUNDS = 6;
  private static final long START_NANOS = 1_000_000_000;
  private static final long STEP_NANOS = 1_000;
  private static final int IDLE_CONNECTIONS = 50_000;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** So many share the flows that what one of them does is going past those of others. */
  private static final int CROWD = 1024;

  private final SyntheticCapture capture;
  private final OutputKind output;
  private final int records;

  /** The workers take turns this often. */
  private static final int TURNS = 100;

  /** What one worker did. */
  private static final class Walk implements AutoCloseable {
    final PacketSource source;
    final Tracer tracer;
    final ExchangeWriter writer;
    long cpuNanos;

    Walk(SyntheticCapture capture, FlowShare share, Outputs outputs) {
      source = capture.worker(share.worker());
      writer = outputs.another(Optional.empty());
      tracer = tracer(share, outputs.headerSelection(), writer);
    }

    void poll() throws IOException {
      long before = THREADS.getCurrentThreadCpuTime();
      source.poll(tracer, 0);
      writer.flushIfDue();
      cpuNanos += THREADS.getCurrentThreadCpuTime() - before;
    }

    long exchanges() {
      return tracer.counts().protocol().exchanges(Outcome.COMPLETE);
    }

    @Override
    public void close() {
      source.close();
    }
  }

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
    return Outputs.open(TestOptions.live(OutputStream.nullOutputStream(), output));
  }

  public static void main(String[] arguments) throws Exception {
    int rings = Integer.parseInt(arguments[0]);
    OutputKind output = OutputKind.valueOf(arguments[1].toUpperCase(Locale.ROOT));
    int rounds = Integer.parseInt(arguments[2]);
    WorkerScaling scaling = new WorkerScaling(rings, output);
    for (int i = 0; i < WARM_UP_ROUNDS; i++) {
      scaling.takeTurns(1 + i % 2);
      scaling.runSideBySide(1 + i % 2);
    }
    System.out.printf(
        "%d rings, %d records of %d flows, %d processors, output %s, medians of %d rounds%n",
        rings, scaling.records, FLOWS, processors(), arguments[1], rounds);
    double[] passing = scaling.passingNanos(rounds);
    System.out.printf(
        "entering a record into the index, once for all workers: %.1f ns%n", passing[0]);
    System.out.printf("passing a record of another worker: %.1f ns%n", passing[1]);
    System.out.printf("heap of an idle connection: %d bytes%n", scaling.connectionBytes());
    System.out.println(
        "workers  CPU ns/record: all  slowest  records/s with a core each    scaling"
            + "  here, by the clock");
    double alone = 0;
    for (int workers : new int[] {1, 2, 4, 8, 16, 32, 64}) {
      alone = scaling.report(workers, rounds, alone);
    }
  }

  private static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  private double report(int workers, int rounds, double alone) throws Exception {
    long[] slowest = new long[rounds];
    long[] all = new long[rounds];
    long[] clock = new long[rounds];
    for (int i = 0; i < rounds; i++) {
      long[] cpuNanos = takeTurns(workers);
      slowest[i] = Arrays.stream(cpuNanos).max().orElseThrow();
      all[i] = Arrays.stream(cpuNanos).sum();
      clock[i] = workers <= processors() ? runSideBySide(workers) : 0;
    }
    double base = workers == 1 ? median(slowest) : alone;
    System.out.printf(
        "%7d  %18.1f  %7.1f  %28.2f M  %7.2f  %16s%n",
        workers,
        median(all) / records,
        median(slowest) / records,
        1e3 * records / median(slowest),
        base / median(slowest),
        workers <= processors() ? "%.2f M".formatted(1e3 * records / median(clock)) : "-");
    return base;
  }

  private static double median(long[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  /** Each worker's CPU time. */
  private long[] takeTurns(int workers) throws Exception {
    capture.rewind(workers);
    List<Walk> walks = new ArrayList<>();
    try (Outputs outputs = openOutputs()) {
      for (int i = 0; i < workers; i++) {
        walks.add(new Walk(capture, new FlowShare(i, workers), outputs));
      }
      for (int turn = 1; turn <= TURNS; turn++) {
        capture.reveal(START_NANOS + (long) records * STEP_NANOS * turn / TURNS);
        for (int i = 0; i < workers; i++) {
          // Each is the first in its turn, as the first enters new records for all.
          walks.get((turn + i) % workers).poll();
        }
      }
      check(walks);
      return walks.stream().mapToLong(walk -> walk.cpuNanos).toArray();
    } finally {
      walks.forEach(Walk::close);
    }
  }

  /** How long they take by the clock. */
  private long runSideBySide(int workers) throws Exception {
    capture.rewind(workers);
    try (Outputs outputs = openOutputs();
        ExecutorService threads = Executors.newFixedThreadPool(workers)) {
      List<Walk> walks = new ArrayList<>();
      List<Future<Void>> running = new ArrayList<>();
      long start = System.nanoTime();
      for (int i = 0; i < workers; i++) {
        Walk walk = new Walk(capture, new FlowShare(i, workers), outputs);
        walks.add(walk);
        running.add(
            threads.submit(
                () -> {
                  try (walk) {
                    walk.poll();
                  }
                  return null;
                }));
      }
      for (Future<Void> each : running) {
        each.get();
      }
      long taken = System.nanoTime() - start;
      check(walks);
      return taken;
    }
  }

  private void check(List<Walk> walks) {
    long exchanges = walks.stream().mapToLong(Walk::exchanges).sum();
    if (exchanges != (long) FLOWS * REQUESTS_PER_FLOW || !capture.isReadByAll()) {
      throw new IllegalStateException("exchanges=" + exchanges);
    }
  }

  private static Tracer tracer(FlowShare share, HeaderSelection headers, ExchangeWriter writer) {
    return new Tracer(
        TraceRules.BY_CONTENT,
        headers,
        ProtocolLimits.DEFAULTS,
        writer,
        Optional.empty(),
        share,
        SkipControl.NONE);
  }

  /** What it costs a worker that a record is not its own: to enter it for all, and to pass it. */
  private double[] passingNanos(int rounds) throws Exception {
    long[] entering = new long[rounds + 2];
    long[] passing = new long[rounds + 2];
    for (int i = 0; i < entering.length; i++) {
      capture.rewind(CROWD);
      entering[i] = walkNanos(2 * i);
      passing[i] = walkNanos(2 * i + 1);
    }
    double pass = median(passing) / records;
    return new double[] {median(entering) / records - pass, pass};
  }

  private long walkNanos(int worker) throws Exception {
    try (PacketSource source = capture.worker(worker)) {
      long before = THREADS.getCurrentThreadCpuTime();
      source.poll(packet -> {}, 0);
      return THREADS.getCurrentThreadCpuTime() - before;
    }
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
    long time = START_NANOS;
    for (int flow : order) {
      int number = requests[flow]++;
      int hash = (flow + 1) * 0x9e3779b1;
      write(capture, random.nextInt(rings), time += STEP_NANOS, hash, request(flow, number));
      write(capture, random.nextInt(rings), time += STEP_NANOS, hash, response(flow, number));
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
