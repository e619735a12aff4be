// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.bpf.LiveOptions;
import io.wirespan.capture.Side;
import io.wirespan.capture.TraceRules;
import io.wirespan.evidence.EvidenceOptions;
import io.wirespan.telemetry.OutputKind;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the operator asked for, checked for everything that can be checked without looking at the
 * system.
 *
 * @param interfaces to attach to; empty: every one that is up
 * @param netns path or process id of the network namespace that the interfaces are in
 * @param side empty: to be detected
 * @param read capture file to read instead of interfaces
 * @param evidence empty: no packets are kept
 * @param statsEvery empty: the accounting line comes at the end only
 * @param openEvery empty: exchanges are told when they end; else those that have been open for so
 *     long are listed this often
 * @param ringBytes for each CPU, a power of two; {@link LiveOptions#AUTOMATIC_RING_BYTES}
 * @param skipBodies whether the kernel may keep to itself what only has to be counted
 * @param captureHeaders further header fields to record, in lower case
 */
public record AgentOptions(
    List<InterfaceChoice> interfaces,
    Optional<String> netns,
    Optional<Side> side,
    Optional<String> read,
    TraceRules rules,
    Set<OutputKind> outputs,
    Set<String> captureHeaders,
    ColorMode color,
    Optional<EvidenceOptions> evidence,
    Optional<Duration> statsEvery,
    Optional<Duration> openEvery,
    int workers,
    int ringBytes,
    boolean skipBodies,
    int maxHeaderBytes) {

  /** An interface as the operator names it, and the service that its traffic belongs to. */
  public sealed interface InterfaceChoice {
    Optional<String> service();

    /** As {@link LiveOptions.Selection} has it. */
    String nameOrIndex();

    /** By kernel index, from 1. */
    record ByIndex(int ifindex, Optional<String> service) implements InterfaceChoice {
      @Override
      public String nameOrIndex() {
        return Integer.toString(ifindex);
      }
    }

    record ByName(String name, Optional<String> service) implements InterfaceChoice {
      @Override
      public String nameOrIndex() {
        return name;
      }
    }
  }

  public AgentOptions {
    interfaces = List.copyOf(interfaces);
    outputs = Set.copyOf(outputs);
    captureHeaders = Set.copyOf(captureHeaders);
  }
}
