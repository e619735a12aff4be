// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.agent.Agent.Chore;
import io.wirespan.agent.Agent.Clock;
import io.wirespan.capture.CaptureFileSource;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketSource;
import io.wirespan.capture.SetupException;
import io.wirespan.capture.Side;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Puts an agent together from the rooms, as its options ask for. */
final class Assembly {
  private static final Duration PROGRESS = Duration.ofMillis(250);

  private final AgentOptions options;
  private final List<Chore> chores = new ArrayList<>();

  private Assembly(AgentOptions options) {
    this.options = options;
  }

  /**
   * @throws SetupException if the source cannot be opened
   */
  static Agent assemble(AgentOptions options) throws SetupException {
    return new Assembly(options).assemble();
  }

  private Agent assemble() throws SetupException {
    Optional<ProgressLine> progress = Optional.empty();
    PacketSource source;
    if (options.read().isPresent()) {
      CaptureFileSource file =
          CaptureFileSource.open(options.read().get(), options.side().orElse(Side.UNKNOWN));
      progress = progressOf(file);
      source = file;
    } else {
      source = openInterfaces();
    }
    Results results = results(source, progress);
    options.statsEvery().ifPresent(every -> chores.add(new Chore(every, results::account)));
    Clock clock = options.read().isPresent() ? Clock.PACKETS : Clock.WALL;
    return new Agent(source, pipeline(), results, clock, chores);
  }

  private static PacketSource openInterfaces() throws SetupException {
    throw new SetupException("this build has no live capture", "--read FILE reads a capture file");
  }

  /** Only where it does not get between the results: those must go somewhere else. */
  private Optional<ProgressLine> progressOf(CaptureFileSource file) {
    boolean quietTerminal =
        !Streams.OUTPUT.isTerminal() || options.outputs().contains(OutputKind.NONE);
    if (!Streams.ERROR.isTerminal() || !quietTerminal) {
      return Optional.empty();
    }
    ProgressLine progress = new ProgressLine(file, System.err);
    chores.add(new Chore(PROGRESS, progress::show));
    return Optional.of(progress);
  }

  private static Pipeline pipeline() {
    return new Pipeline() {
      @Override
      public void onPacket(Packet packet) {}

      @Override
      public void tick(long nowEpochNanos) {}

      @Override
      public void close(long epochNanos) {}
    };
  }

  private static Results results(PacketSource source, Optional<ProgressLine> progress) {
    return new Results() {
      @Override
      public void flushIfDue() {}

      @Override
      public boolean failed() {
        return false;
      }

      @Override
      public void close() {}

      @Override
      public void account() {
        progress.ifPresent(ProgressLine::clear);
        System.err.println(
            "{\"wirespan\":\"stats\",\"packets_seen\":" + source.counters().seen() + "}");
      }
    };
  }
}
