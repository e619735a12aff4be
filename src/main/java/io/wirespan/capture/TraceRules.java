// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import java.net.InetAddress;
import java.util.List;

/**
 * Which connections are traced. Without any rule every connection is, if its bytes look like HTTP.
 *
 * @param incoming connections that the workload accepts
 * @param outgoing connections that the workload opens
 */
public record TraceRules(List<Port> incoming, List<Destination> outgoing) {
  public static final TraceRules BY_CONTENT = new TraceRules(List.of(), List.of());

  /** A server port of the workload. */
  public record Port(int port, Protocol protocol) {}

  /**
   * A destination of the workload.
   *
   * @param network address whose first {@code prefixLength} bits count; ignored at length 0
   * @param prefixLength bits; 0 stands for any address of either family
   */
  public record Destination(InetAddress network, int prefixLength, int port, Protocol protocol) {}

  public TraceRules {
    incoming = List.copyOf(incoming);
    outgoing = List.copyOf(outgoing);
  }

  /** Whether connections are chosen by what their first bytes look like. */
  public boolean byContent() {
    return incoming.isEmpty() && outgoing.isEmpty();
  }
}
