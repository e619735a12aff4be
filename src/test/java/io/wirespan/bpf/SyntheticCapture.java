// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import io.wirespan.capture.CaptureCounters;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.FlowShare;
import io.wirespan.capture.PacketSource;
import io.wirespan.capture.SkipControl;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Rings in plain memory that workers walk as they walk the kernel's, any number of times. */
public final class SyntheticCapture implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final List<SyntheticRing> rings = new ArrayList<>();
  private final List<RingIndex> indexes = new ArrayList<>();
  private final long ringBytes;
  private final CaptureInterface capturedOn;
  private final MonotonicClock clock = MonotonicClock.start();
  private final RingWatch watch = new RingWatch(SyntheticCapture::sleep);
  private Arena indexArena = Arena.ofShared();
  private ReadPositions positions;

  /**
   * @param ringBytes a power of two
   */
  public SyntheticCapture(int rings, long ringBytes, CaptureInterface capturedOn) {
    for (int i = 0; i < rings; i++) {
      this.rings.add(new SyntheticRing(arena, ringBytes));
    }
    this.ringBytes = ringBytes;
    this.capturedOn = capturedOn;
    rewind(1);
  }

  /** Puts a packet into a ring; false if there is no room for it. */
  public boolean write(int ring, long timestampNanos, int flowHash, byte[] frame) {
    return rings.get(ring).write(timestampNanos, flowHash, frame);
  }

  /** Puts an IP fragment into a ring, as the kernel program forwards it. */
  public boolean writeFragment(int ring, long timestampNanos, byte[] frame) {
    return rings.get(ring).writeFragment(timestampNanos, frame);
  }

  /** Lets so many workers begin at the first record; those of before must be closed. */
  public void rewind(int workers) {
    rings.forEach(SyntheticRing::rewind);
    positions = new ReadPositions(workers, rings.size());
    indexes.clear();
    indexArena.close();
    indexArena = Arena.ofShared();
    rings.forEach(ring -> indexes.add(new RingIndex(indexArena, ringBytes, workers)));
  }

  /** As if what came later than that had not been written yet. */
  public void reveal(long untilTimestamp) {
    rings.forEach(ring -> ring.reveal(untilTimestamp));
  }

  /** Whether every ring was given back to its end. */
  public boolean isReadByAll() {
    return rings.stream().allMatch(ring -> ring.tail() == ring.head());
  }

  public PacketSource worker(int worker) {
    return new LiveWorker(
        List.of(capturedOn),
        () -> reader(new FlowShare(worker, positions.workers())),
        clock.another(),
        () -> new CaptureCounters(0, 0, 0, 0, 0, Map.of()),
        SkipControl.NONE);
  }

  private static boolean sleep(int millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    return false;
  }

  private PerfReader reader(FlowShare share) {
    return new PerfReader(
        rings.stream().map(SyntheticRing::mapped).toList(),
        SyntheticRing.PAGE,
        List.copyOf(indexes),
        positions,
        share,
        watch);
  }

  @Override
  public void close() {
    indexArena.close();
    arena.close();
  }
}
