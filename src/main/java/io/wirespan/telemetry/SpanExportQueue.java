// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes batches from the capture threads to the collector, on as many threads of its own as there
 * may be requests under way. Bounded: a batch for which there is no room is dropped and counted.
 *
 * <p>A batch, not a span, is what changes hands, so that a capture thread meets a lock once in
 * thousands of spans.
 */
final class SpanExportQueue {
  private static final long IDLE_MILLIS = 1_000;
  private static final long ROOM_CHECK_NANOS = 1_000_000;
  private static final Duration CLOSING_WITHOUT_COLLECTOR = Duration.ofSeconds(2);
  private static final Duration SHUTDOWN = Duration.ofSeconds(1);

  private final SpanSender sender;
  private final String endpoint;
  private final ExportLimits limits;
  private final ExportLog log;
  private final SpanBytes.Pool pool = new SpanBytes.Pool();
  private final SpanBatch wakeUp = new SpanBatch(pool);
  private final LinkedBlockingQueue<SpanBatch> waiting = new LinkedBlockingQueue<>();
  private final AtomicLong waitingSpans = new AtomicLong();
  private final AtomicLong waitingBytes = new AtomicLong();
  private final Semaphore inFlight = new Semaphore(ExportLimits.IN_FLIGHT);
  private final AtomicLong accepted = new AtomicLong();
  private final AtomicLong rejected = new AtomicLong();
  private final AtomicLong exported = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean lastFailed;
  private volatile boolean closing;
  private volatile boolean closed;

  /**
   * A queue that is still to be started.
   *
   * @param endpoint where it sends to
   */
  SpanExportQueue(SpanSender sender, String endpoint, ExportLimits limits, ExportLog log) {
    this.sender = sender;
    this.endpoint = endpoint;
    this.limits = limits;
    this.log = log;
    Thread.Builder thread = Thread.ofPlatform().name("span-export-", 0).daemon();
    for (int i = 0; i < ExportLimits.IN_FLIGHT; i++) {
      threads.add(thread.unstarted(i == 0 ? this::runFirst : this::run));
    }
  }

  void start() {
    threads.forEach(Thread::start);
  }

  /** A batch to fill. */
  SpanBatch newBatch() {
    return new SpanBatch(pool);
  }

  /**
   * Queues a batch, or drops it if there is no room. Never waits.
   *
   * @return an empty batch
   */
  SpanBatch offer(SpanBatch batch) {
    if (!enqueue(batch)) {
      rejected.addAndGet(batch.spans());
      log.note("the queue is full: the collector takes fewer spans than there are requests");
      batch.clear();
      return batch;
    }
    return newBatch();
  }

  /**
   * Queues a batch, waiting for room as long as a collector that is there could need.
   *
   * @return an empty batch
   */
  SpanBatch offerPatiently(SpanBatch batch) {
    long deadline = System.nanoTime() + limits.closing().toNanos();
    while (!hasRoom(batch) && !lastFailed && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(ROOM_CHECK_NANOS);
    }
    return offer(batch);
  }

  private boolean hasRoom(SpanBatch batch) {
    return waitingSpans.get() + batch.spans() <= limits.queueSpans()
        && waitingBytes.get() + batch.bytes() <= ExportLimits.QUEUE_BYTES;
  }

  private boolean enqueue(SpanBatch batch) {
    if (closing || !takeRoom(batch)) {
      return false;
    }
    accepted.addAndGet(batch.spans());
    waiting.add(batch);
    return true;
  }

  /** Two threads must not both get the last room. */
  private synchronized boolean takeRoom(SpanBatch batch) {
    if (!hasRoom(batch)) {
      return false;
    }
    waitingSpans.addAndGet(batch.spans());
    waitingBytes.addAndGet(batch.bytes());
    return true;
  }

  private void runFirst() {
    log.probe(endpoint);
    run();
  }

  private void run() {
    try {
      while (!closing || !waiting.isEmpty()) {
        log.sayIfDue(dropped());
        inFlight.acquire();
        Optional<SpanBatch> batch =
            Optional.ofNullable(waiting.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS));
        batch.ifPresentOrElse(this::export, inFlight::release);
        if (closing && lastFailed) {
          return;
        }
      }
    } catch (InterruptedException e) {
      // Only close() interrupts, after its time is up: what waits is counted as dropped.
      Thread.currentThread().interrupt();
    }
  }

  private void export(SpanBatch batch) {
    if (batch.spans() == 0) {
      inFlight.release();
      return;
    }
    waitingSpans.addAndGet(-batch.spans());
    waitingBytes.addAndGet(-batch.bytes());
    sender.send(batch, result -> finish(batch, result));
  }

  private void finish(SpanBatch batch, ExportResult result) {
    lastFailed = !result.delivered();
    long lost = lastFailed ? batch.spans() : Math.min(batch.spans(), result.rejectedSpans());
    failed.addAndGet(lost);
    exported.addAndGet(batch.spans() - lost);
    if (!result.trouble().isEmpty()) {
      log.note(result.trouble());
    }
    batch.clear();
    inFlight.release();
  }

  /** Whether the last request failed. */
  boolean collectorAway() {
    return lastFailed;
  }

  /** Spans that the collector acknowledged. */
  long exported() {
    return exported.get();
  }

  /** Spans that it will never get; once closed, this includes those that it did not get in time. */
  long dropped() {
    long unfinished = closed ? accepted.get() - exported.get() - failed.get() : 0;
    return rejected.get() + failed.get() + unfinished;
  }

  /** Exports what waits, in bounded time: little of it if the collector was away of late. */
  void close() {
    closing = true;
    threads.forEach(each -> waiting.add(wakeUp));
    Duration patience = lastFailed ? CLOSING_WITHOUT_COLLECTOR : limits.closing();
    long deadline = System.nanoTime() + patience.toNanos();
    try {
      for (Thread thread : threads) {
        if (!thread.join(Duration.ofNanos(rest(deadline)))) {
          thread.interrupt();
        }
      }
      if (!inFlight.tryAcquire(ExportLimits.IN_FLIGHT, rest(deadline), TimeUnit.NANOSECONDS)) {
        log.note("the collector did not answer in time");
      }
      // The JDK's client waits for its requests when it is closed.
      Thread.ofPlatform().name("exporter-shutdown").daemon().start(sender::close).join(SHUTDOWN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    closed = true;
    log.sayNow(dropped());
  }

  private static long rest(long deadlineNanos) {
    return Math.max(0, deadlineNanos - System.nanoTime());
  }
}
