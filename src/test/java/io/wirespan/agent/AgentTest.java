// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.wirespan.agent.Agent.Clock;
import io.wirespan.capture.CaptureFileSource;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.PacketHandler;
import io.wirespan.capture.PacketSource;
import io.wirespan.capture.PcapngWriter;
import io.wirespan.capture.Side;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentTest {
  /** Everything that happened, in order. */
  private final List<String> events = new ArrayList<>();

  private static Packet packet(long epochMillis) {
    ByteBuf bytes = Unpooled.wrappedBuffer(new byte[] {1});
    Packet packet = new Packet();
    packet.wrap(
        StubSource.ETH0, PacketDirection.INGRESS, bytes, 0, 1, 1, epochMillis * 1_000_000, 1);
    return packet;
  }

  private CaptureFileSource file(Path directory, long... epochMillis) throws Exception {
    Path path = directory.resolve("file.pcapng");
    try (PcapngWriter writer =
        new PcapngWriter(
            FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE))) {
      for (long each : epochMillis) {
        writer.write(packet(each));
      }
    }
    return CaptureFileSource.open(path.toString(), Side.UNKNOWN);
  }

  private abstract class Live extends StubSource {
    @Override
    public void close() {
      events.add("source closed");
    }
  }

  private class Recording implements Pipeline {
    @Override
    public void onPacket(Packet packet) {
      events.add("packet " + packet.timestampEpochNanos() / 1_000_000);
    }

    @Override
    public void tick(long nowEpochNanos) {
      events.add("tick " + nowEpochNanos / 1_000_000);
    }

    @Override
    public void close(long epochNanos) {
      events.add("close " + epochNanos / 1_000_000);
    }
  }

  private class RecordingResults implements Results {
    private final int failAfterFlushes;
    private int flushes;

    RecordingResults(int failAfterFlushes) {
      this.failAfterFlushes = failAfterFlushes;
    }

    @Override
    public void flushIfDue() {
      flushes++;
    }

    @Override
    public boolean failed() {
      return flushes >= failAfterFlushes;
    }

    @Override
    public void close() {
      events.add("flushed");
    }

    @Override
    public void account() {
      events.add("accounted");
    }
  }

  private Agent agent(PacketSource source, Pipeline pipeline, Clock clock, Chore... chores) {
    Results results = new RecordingResults(Integer.MAX_VALUE);
    return new Agent(source, pipeline, results, clock, List.of(chores));
  }

  @Test
  void shouldLetTimePassAsTheFileTellsIt(@TempDir Path directory) throws Exception {
    CaptureFileSource source = file(directory, 1_000, 1_050, 1_300, 1_200, 1_500);

    agent(source, new Recording(), Clock.PACKETS).run();

    assertThat(events)
        .containsExactly(
            "tick 1000",
            "packet 1000",
            "packet 1050",
            "tick 1300",
            "packet 1300",
            "packet 1200",
            "tick 1500",
            "packet 1500",
            "close 1500",
            "flushed",
            "accounted");
  }

  @Test
  void shouldTickALivePipelineByTheWallClock() throws Exception {
    long before = Instant.now().toEpochMilli();
    PacketSource source =
        new Live() {
          private int polls;

          @Override
          public int poll(PacketHandler handler, int timeoutMillis) {
            return polls++ == 0 ? 0 : END;
          }
        };

    agent(source, new Recording(), Clock.SOURCE).run();

    assertThat(events).hasSize(5);
    assertThat(Long.parseLong(events.getFirst().substring("tick ".length())))
        .isBetween(before, Instant.now().toEpochMilli());
    assertThat(events.get(1)).startsWith("close ");
    assertThat(events.subList(2, 5)).containsExactly("flushed", "accounted", "source closed");
  }

  @Test
  void shouldStopWhenAskedByAnotherThread() throws Exception {
    CountDownLatch polling = new CountDownLatch(1);
    CountDownLatch woken = new CountDownLatch(1);
    PacketSource source =
        new Live() {
          @Override
          public int poll(PacketHandler handler, int timeoutMillis) throws IOException {
            polling.countDown();
            try {
              woken.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            return 0;
          }

          @Override
          public void wakeup() {
            woken.countDown();
          }
        };
    Agent agent = agent(source, new Recording(), Clock.SOURCE);
    Thread other =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    polling.await();
                  } catch (InterruptedException e) {
                    throw new AssertionError(e);
                  }
                  agent.stop();
                });

    agent.run();
    other.join();

    assertThat(events).endsWith("flushed", "accounted", "source closed");
  }

  @Test
  void shouldTakeWhatIsThereWhenItIsStopped() throws Exception {
    PacketSource source =
        new Live() {
          @Override
          public int poll(PacketHandler handler, int timeoutMillis) {
            handler.onPacket(packet(7_000));
            return 1;
          }
        };
    Agent agent = agent(source, new Recording(), Clock.SOURCE);
    agent.stop();

    agent.run();

    assertThat(events).startsWith("packet 7000").endsWith("flushed", "accounted", "source closed");
  }

  @Test
  void shouldStopWhenNobodyTakesResults() throws Exception {
    PacketSource endless =
        new Live() {
          @Override
          public int poll(PacketHandler handler, int timeoutMillis) {
            return 0;
          }
        };

    new Agent(endless, new Recording(), new RecordingResults(3), Clock.SOURCE, List.of()).run();

    assertThat(events).endsWith("flushed", "accounted", "source closed");
  }

  @Test
  void shouldAccountForEverythingEvenIfTheSourceBreaks() {
    PacketSource broken =
        new Live() {
          @Override
          public int poll(PacketHandler handler, int timeoutMillis) throws IOException {
            throw new IOException("the interface is gone");
          }
        };

    assertThatThrownBy(() -> agent(broken, new Recording(), Clock.SOURCE).run())
        .isInstanceOf(IOException.class)
        .hasMessage("the interface is gone");
    assertThat(events).endsWith("flushed", "accounted", "source closed");
  }

  @Test
  void shouldAccountForEverythingEvenIfThePipelineFails(@TempDir Path directory) throws Exception {
    Pipeline failing =
        new Recording() {
          @Override
          public void onPacket(Packet packet) {
            throw new IllegalStateException("packet");
          }

          @Override
          public void close(long epochNanos) {
            throw new IllegalStateException("close");
          }
        };
    Agent agent = agent(file(directory, 1), failing, Clock.PACKETS);

    assertThatThrownBy(agent::run).isInstanceOf(IllegalStateException.class);
    assertThat(events).endsWith("flushed", "accounted");
  }

  @Test
  void shouldDoChoresWhenTheyAreDue() {
    int[] count = {0};
    Chore chore = new Chore(Duration.ofSeconds(1), () -> count[0]++);
    long now = System.nanoTime();

    chore.runIfDue(now - 1_000_000_000L);
    assertThat(count[0]).isZero();
    chore.runIfDue(now + 1_000_000_000L);
    chore.runIfDue(now + 1_500_000_000L);
    assertThat(count[0]).isEqualTo(1);
    chore.runIfDue(now + 2_000_000_000L);
    assertThat(count[0]).isEqualTo(2);
  }
}
