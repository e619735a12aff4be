// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

/** From where a hook sees its workload, which decides what ingress and egress mean for it. */
public enum Side {
  /** The workload's own interface: ingress comes to the workload. */
  INSIDE,
  /** The host's end of the workload's link: egress goes to the workload. */
  OUTSIDE,
  /** Not known, as in a capture file; every connection counts as served by the workload. */
  UNKNOWN
}
