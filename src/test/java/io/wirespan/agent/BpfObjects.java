// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** BPF programs and links, as the kernel knows them. */
final class BpfObjects {
  private static final Pattern ID = Pattern.compile("(?m)^(prog|link)_id:\\s*(\\d+)$");

  /**
   * @param kind prog or link
   */
  record BpfObject(String kind, String id) {
    boolean exists() {
      try {
        return new ProcessBuilder("bpftool", kind, "show", "id", id)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .onExit()
                .join()
                .exitValue()
            == 0;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private BpfObjects() {}

  /** Those that a process holds by its descriptors. */
  static List<BpfObject> heldBy(ProcessHandle process) throws IOException {
    Programs.assumeInstalled("bpftool");
    List<BpfObject> objects = new ArrayList<>();
    Path information = Path.of("/proc", Long.toString(process.pid()), "fdinfo");
    try (DirectoryStream<Path> files = Files.newDirectoryStream(information)) {
      for (Path file : files) {
        Matcher id = ID.matcher(Files.readString(file));
        while (id.find()) {
          objects.add(new BpfObject(id.group(1), id.group(2)));
        }
      }
    }
    return objects;
  }
}
