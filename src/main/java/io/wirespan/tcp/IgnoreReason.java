// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/** Why a packet gave no TCP segment. */
public enum IgnoreReason {
  /** The interface's link type is not decoded. */
  UNSUPPORTED_LINK("unsupported-link"),
  /** Neither IPv4 nor IPv6: ARP, for instance. */
  NOT_IP("not-ip"),
  /** Neither TCP nor a tunnel that is looked into. */
  NOT_TCP("not-tcp"),
  /** A header contradicts itself or the packet's length. */
  MALFORMED("malformed"),
  /** Captured with so few bytes that a header is incomplete. */
  TRUNCATED("truncated"),
  /** A part of a datagram that is not complete yet, or never will be. */
  FRAGMENT("fragment"),
  /** Tags or tunnels in one another beyond what is followed. */
  NESTED_TOO_DEEP("nested-too-deep");

  private final String text;

  IgnoreReason(String text) {
    this.text = text;
  }

  /** The reason as outputs write it, {@code "not-ip"} for instance. */
  public String text() {
    return text;
  }
}
