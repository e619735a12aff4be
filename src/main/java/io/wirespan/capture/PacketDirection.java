// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

/** The hook that saw a packet, as named by the interface that it is attached to. */
public enum PacketDirection {
  INGRESS,
  EGRESS,
  /** Capture files do not always say. */
  UNKNOWN
}
