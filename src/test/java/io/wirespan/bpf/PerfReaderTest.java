// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.wirespan.capture.FlowShare;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Workers side by side on rings in plain memory. */
class PerfReaderTest {
  private static final int FLOWS = 100;

  private final Arena arena = Arena.ofShared();
  private final List<SyntheticRing> rings = new ArrayList<>();
  private final List<PerfReader> readers = new ArrayList<>();
  private final List<RingIndex> indexes = new ArrayList<>();
  private ReadPositions positions;

  /** A record, as it was handed over. */
  private record Seen(long timestamp, int flow, int length) {}

  @AfterEach
  void close() {
    readers.forEach(PerfReader::close);
    arena.close();
  }

  private void makeRings(int count, long dataBytes, int workers) {
    for (int i = 0; i < count; i++) {
      rings.add(new SyntheticRing(arena, dataBytes));
      indexes.add(new RingIndex(arena, dataBytes, workers));
    }
    positions = new ReadPositions(workers, count);
  }

  private PerfReader reader(int worker) {
    return new PerfReader(
        rings.stream().map(SyntheticRing::mapped).toList(),
        SyntheticRing.PAGE,
        indexes,
        positions,
        new FlowShare(worker, positions.workers()),
        new RingWatch(millis -> false));
  }

  private void makeReaders() {
    for (int worker = 0; worker < positions.workers(); worker++) {
      readers.add(reader(worker));
    }
  }

  /** Any hash: nothing of its bits is used but that they differ. */
  private static int hash(int flow) {
    return (flow + 1) * 0x9e3779b1;
  }

  private int workerOf(int flow) {
    for (int worker = 0; worker < positions.workers(); worker++) {
      if (new FlowShare(worker, positions.workers()).includes(hash(flow))) {
        return worker;
      }
    }
    throw new AssertionError("flow " + flow + " is nobody's");
  }

  /** The flow, the packet's number in it, and as many bytes of a pattern as there is room for. */
  private static byte[] packet(int flow, int number, int length) {
    ByteBuffer packet = ByteBuffer.allocate(length);
    packet.putInt(flow).putInt(number);
    while (packet.hasRemaining()) {
      packet.put((byte) (flow + number + packet.position()));
    }
    return packet.array();
  }

  private static void assertIntact(PerfRing ring, int flow, int number, int length) {
    ByteBuf bytes = ring.packetBytes();
    for (int i = 8; i < length; i++) {
      byte expected = (byte) (flow + number + i);
      if (bytes.getByte(ring.packetIndex() + i) != expected) {
        throw new AssertionError("flow=%d number=%d at=%d".formatted(flow, number, i));
      }
    }
  }

  private static int length(PerfRing ring) {
    return ring.eventInt(EventLayout.offset(EventLayout.PACKET_EVENT, "captured_length"));
  }

  private static long timestamp(PerfRing ring) {
    return ring.eventLong(EventLayout.offset(EventLayout.PACKET_EVENT, "timestamp_ns"));
  }

  private static List<Seen> drain(PerfReader reader) {
    List<Seen> seen = new ArrayList<>();
    int count =
        reader.drain(
            ring ->
                seen.add(
                    new Seen(
                        timestamp(ring),
                        ring.packetBytes().getInt(ring.packetIndex()),
                        length(ring))));
    assertThat(count).isEqualTo(seen.size());
    return seen;
  }

  /** Of two rings, the first may have been looked at long before the second. */
  @Test
  void shouldLeaveWhatCameWhileItLooked() {
    makeRings(2, 1 << 16, 1);
    makeReaders();
    long soon = System.nanoTime() + 200_000_000;
    rings.get(0).write(soon - 1, hash(0), packet(0, 1, 8));
    rings.get(1).write(1, hash(0), packet(0, 0, 8));
    rings.get(1).write(soon, hash(0), packet(0, 2, 8));

    PerfReader reader = readers.getFirst();
    List<Seen> seen = drain(reader);
    assertThat(seen).isNotEmpty().first().returns(1L, Seen::timestamp);
    while (seen.size() < 3) {
      assertThat(seen).allMatch(each -> each.timestamp <= reader.drainedNanos());
      seen.addAll(drain(reader));
    }
    assertThat(seen).extracting(Seen::timestamp).containsExactly(1L, soon - 1, soon);
    assertThat(reader.drainedNanos()).isGreaterThanOrEqualTo(soon);
  }

  @Test
  void shouldGiveEachRecordToItsWorkerInOrderOfTime() {
    makeRings(3, 1 << 16, 4);
    makeReaders();
    Random random = new Random(1);
    List<Seen> written = new ArrayList<>();
    for (int time = 1; time <= 500; time++) {
      int flow = random.nextInt(FLOWS);
      int length = 8 + random.nextInt(100);
      assertThat(rings.get(random.nextInt(3)).write(time, hash(flow), packet(flow, time, length)))
          .isTrue();
      written.add(new Seen(time, flow, length));
    }

    for (int worker = 0; worker < 4; worker++) {
      int each = worker;
      assertThat(drain(readers.get(worker)))
          .hasSizeGreaterThan(60)
          .containsExactlyElementsOf(
              written.stream().filter(seen -> workerOf(seen.flow()) == each).toList());
    }
    assertThat(rings).allMatch(ring -> ring.tail() == ring.head());
    assertThat(readers).allMatch(reader -> drain(reader).isEmpty());
  }

  @Test
  void shouldKeepWhatTheSlowestHasNotRead() {
    makeRings(1, 4096, 3);
    makeReaders();
    SyntheticRing ring = rings.getFirst();
    int time = 0;
    while (ring.write(++time, hash(time), packet(time, 0, 100))) {}
    int written = time - 1;

    int read = drain(readers.get(2)).size() + drain(readers.get(0)).size();
    assertThat(ring.tail()).isZero();
    assertThat(ring.write(time, hash(0), packet(0, 0, 100))).isFalse();

    read += drain(readers.get(1)).size();
    assertThat(read).isEqualTo(written);
    assertThat(ring.tail()).isEqualTo(ring.head());
    assertThat(ring.write(time, hash(0), packet(0, 0, 100))).isTrue();
  }

  @Test
  void shouldLetAWorkerThatComesLateReadFromTheStart() {
    makeRings(1, 1 << 14, 2);
    for (int flow = 0; flow < 20; flow++) {
      assertThat(rings.getFirst().write(flow + 1, hash(flow), packet(flow, 0, 64))).isTrue();
    }
    readers.add(reader(0));
    int early = drain(readers.getFirst()).size();
    readers.add(reader(1));
    assertThat(drain(readers.getLast())).hasSize(20 - early);
  }

  @Test
  void shouldGiveFragmentsToEveryWorker() {
    makeRings(2, 1 << 14, 3);
    makeReaders();
    rings.get(1).writeFragment(2, packet(7, 0, 40));
    rings.get(0).writeFragment(1, packet(6, 0, 48));
    // A flow may have that hash too, and is one worker's all the same.
    rings.get(0).write(3, 0, packet(5, 0, 56));

    assertThat(drain(readers.get(0)))
        .containsExactly(new Seen(1, 6, 48), new Seen(2, 7, 40), new Seen(3, 5, 56));
    assertThat(drain(readers.get(1))).containsExactly(new Seen(1, 6, 48), new Seen(2, 7, 40));
    assertThat(drain(readers.get(2))).containsExactly(new Seen(1, 6, 48), new Seen(2, 7, 40));
  }

  @Test
  void shouldJoinPartsForTheirWorkerAndPassThemForOthers() {
    makeRings(1, 1 << 14, 2);
    makeReaders();
    SyntheticRing ring = rings.getFirst();
    for (int flow = 0; flow < 40; flow++) {
      ring.write(flow + 1, hash(flow), 1, EventLayout.PART_HEAD, packet(flow, 0, 64));
      ring.write(flow + 1, hash(flow), 1, EventLayout.PART_TAIL, new byte[16]);
    }
    List<Seen> first = drain(readers.get(0));
    List<Seen> second = drain(readers.get(1));

    assertThat(first.size() + second.size()).isEqualTo(40);
    assertThat(first).allMatch(seen -> seen.length() == 80 && workerOf(seen.flow()) == 0);
    assertThat(second).allMatch(seen -> seen.length() == 80 && workerOf(seen.flow()) == 1);
  }

  @Test
  void shouldWaitForATailOfItsOwnOnly() {
    makeRings(1, 1 << 14, 2);
    makeReaders();
    int flow = 0;
    int owner = workerOf(flow);
    SyntheticRing ring = rings.getFirst();
    ring.write(1, hash(flow), 1, EventLayout.PART_HEAD, packet(flow, 0, 64));

    assertThat(drain(readers.get(1 - owner))).isEmpty();
    assertThat(positions.get(1 - owner, 0)).isEqualTo(ring.head());
    assertThat(drain(readers.get(owner))).isEmpty();
    assertThat(positions.get(owner, 0)).isZero();

    ring.write(1, hash(flow), 1, EventLayout.PART_TAIL, new byte[16]);
    assertThat(drain(readers.get(1 - owner))).isEmpty();
    assertThat(drain(readers.get(owner))).containsExactly(new Seen(1, flow, 80));
    assertThat(ring.tail()).isEqualTo(ring.head());
  }

  @Test
  void shouldCountWhatTheKernelSaysIsLost() {
    makeRings(2, 1 << 14, 2);
    makeReaders();
    rings.get(0).writeLost(3);
    rings.get(1).write(1, hash(1), packet(1, 0, 64));
    rings.get(1).writeLost(4);
    readers.forEach(PerfReaderTest::drain);

    assertThat(readers).allMatch(reader -> reader.lost() == 7);
  }

  /**
   * Small rings that go round thousands of times, more workers than processors, and a kernel that
   * writes as soon as it finds room: every record reaches its worker once, whole, and each flow's
   * in order.
   */
  @Test
  void shouldLoseAndRepeatNothingWhileAllRun() throws Exception {
    int workers = 4;
    int records = 60_000;
    makeRings(2, 1 << 14, workers);
    AtomicBoolean written = new AtomicBoolean();
    AtomicLong read = new AtomicLong();
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<Map<Integer, Integer>>> taken = new ArrayList<>();
      for (int i = 0; i < workers; i++) {
        int worker = i;
        taken.add(threads.submit(() -> takeAll(worker, written, read)));
      }
      int[] sent = writeAll(records);
      written.set(true);

      Map<Integer, Integer> all = new HashMap<>();
      for (Future<Map<Integer, Integer>> each : taken) {
        each.get().forEach((flow, count) -> assertThat(all.put(flow, count)).isNull());
      }
      assertThat(read).hasValue(records);
      for (int flow = 0; flow < FLOWS; flow++) {
        assertThat(all.get(flow)).isEqualTo(sent[flow]);
      }
      assertThat(rings).allMatch(ring -> ring.tail() == ring.head());
    }
  }

  /** A flow stays on one ring here, as the merge goes by time and this test has none. */
  private int[] writeAll(int records) {
    Random random = new Random(2);
    int[] sent = new int[FLOWS];
    long[] tails = new long[rings.size()];
    for (int time = 1; time <= records; time++) {
      int flow = random.nextInt(FLOWS);
      int on = flow % rings.size();
      byte[] packet = packet(flow, sent[flow]++, 8 + random.nextInt(600));
      while (!rings.get(on).write(time, hash(flow), packet)) {
        Thread.yield();
      }
      long tail = rings.get(on).tail();
      if (tail < tails[on]) {
        throw new AssertionError("the tail went back from " + tails[on] + " to " + tail);
      }
      tails[on] = tail;
    }
    return sent;
  }

  /** How many packets of each flow came, one after the other. */
  private Map<Integer, Integer> takeAll(int worker, AtomicBoolean written, AtomicLong read) {
    Map<Integer, Integer> next = new HashMap<>();
    try (PerfReader reader = reader(worker)) {
      boolean last;
      do {
        last = written.get();
        int count = reader.drain(ring -> take(ring, worker, next));
        read.addAndGet(count);
        if (count == 0) {
          Thread.yield();
        }
      } while (!last);
    }
    return next;
  }

  private void take(PerfRing ring, int worker, Map<Integer, Integer> next) {
    int flow = ring.packetBytes().getInt(ring.packetIndex());
    int number = ring.packetBytes().getInt(ring.packetIndex() + 4);
    if (workerOf(flow) != worker || number != next.getOrDefault(flow, 0)) {
      throw new AssertionError("worker=%d flow=%d number=%d".formatted(worker, flow, number));
    }
    assertIntact(ring, flow, number, length(ring));
    next.put(flow, number + 1);
  }
}
