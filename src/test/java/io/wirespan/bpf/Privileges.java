// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** What tests of the real kernel need; without it they are skipped and say why. */
public final class Privileges {
  private static final Path SELF_STATUS = Path.of("/proc/self/status");

  private Privileges() {}

  /** Skips the test unless this process may load BPF programs and make network namespaces. */
  public static void assumeRootAndKernel() throws Exception {
    String effective =
        Files.readAllLines(SELF_STATUS).stream()
            .filter(line -> line.startsWith("Uid:"))
            .map(line -> line.split("\\s+")[2])
            .findFirst()
            .orElse("?");
    Assumptions.assumeTrue(effective.equals("0"), "needs root: effective uid is " + effective);
    Assumptions.assumeTrue(
        Files.exists(Path.of("/sys/kernel/btf/vmlinux")), "needs a kernel with BTF");
    Assumptions.assumeTrue(
        BpfObject.class.getResource("session_tracking.bpf.o") != null,
        "built without clang: there is no BPF object");
  }
}
