// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.Protocol;
import java.util.Optional;

/**
 * The fixed facts of a connection.
 *
 * @param role whether the workload behind the interface serves or calls
 * @param declared protocol that a trace rule gives to this connection; empty: decide by content
 */
public record Flow(
    CaptureInterface capturedOn,
    Endpoint client,
    Endpoint server,
    Role role,
    Optional<Protocol> declared) {

  /** What the workload does on a connection. */
  public enum Role {
    SERVER,
    CLIENT
  }
}
