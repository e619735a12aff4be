// SPDX-License-Identifier: Apache-2.0
package io.wirespan.replay;

import io.wirespan.capture.CaptureFileSourceFuzzTest;
import io.wirespan.protocol.ExchangeTrackerFuzzTest;
import io.wirespan.protocol.http2.FramesFuzzTest;
import io.wirespan.protocol.http2.HeaderBlocksFuzzTest;
import io.wirespan.tcp.ConnectionTableFuzzTest;
import io.wirespan.tcp.SegmentDecoderFuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The fuzz targets, for {@code bench/fuzz}: writes their seeds and prints their class names. */
final class FuzzTargets {
  private record Target(Class<?> type, List<byte[]> seeds) {}

  private FuzzTargets() {}

  private static List<Target> targets() {
    return List.of(
        new Target(CaptureFileSourceFuzzTest.class, CaptureFileSourceFuzzTest.seeds()),
        new Target(SegmentDecoderFuzzTest.class, SegmentDecoderFuzzTest.seeds()),
        new Target(ConnectionTableFuzzTest.class, ConnectionTableFuzzTest.seeds()),
        new Target(ExchangeTrackerFuzzTest.class, ExchangeTrackerFuzzTest.seeds()),
        new Target(FramesFuzzTest.class, FramesFuzzTest.seeds()),
        new Target(HeaderBlocksFuzzTest.class, HeaderBlocksFuzzTest.seeds()),
        new Target(PipelineFuzzTest.class, PipelineFuzzTest.seeds()));
  }

  /** Takes the folder for the seeds, in which each class gets its own. */
  public static void main(String[] arguments) throws IOException {
    for (Target target : targets()) {
      Path folder = Files.createDirectories(Path.of(arguments[0], target.type.getSimpleName()));
      for (int i = 0; i < target.seeds.size(); i++) {
        Files.write(folder.resolve("seed-" + i), target.seeds.get(i));
      }
      System.out.println(target.type.getName());
    }
  }
}
