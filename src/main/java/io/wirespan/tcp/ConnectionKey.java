// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/**
 * What tells connections apart, the same for both directions: the two endpoints, ordered, and the
 * interface. VLAN and VXLAN numbers are left out: routed traffic may bear a different one in each
 * direction.
 *
 * <p>The lower endpoint is side 0, the other is side 1.
 */
final class ConnectionKey {
  private final long seed;
  private long highOf0;
  private long lowOf0;
  private long highOf1;
  private long lowOf1;
  private int ports;
  private int scope;
  private int hash;

  /**
   * A key to fill again and again.
   *
   * @param seed mixed into the hash, so that nobody can choose addresses that collide
   */
  ConnectionKey(long seed) {
    this.seed = seed;
  }

  private ConnectionKey(ConnectionKey key) {
    this.seed = key.seed;
    this.highOf0 = key.highOf0;
    this.lowOf0 = key.lowOf0;
    this.highOf1 = key.highOf1;
    this.lowOf1 = key.lowOf1;
    this.ports = key.ports;
    this.scope = key.scope;
    this.hash = key.hash;
  }

  ConnectionKey copy() {
    return new ConnectionKey(this);
  }

  /** Points this key at a segment's connection; returns the sender's side. */
  int set(Segment segment, int interfaceId) {
    scope = interfaceId << 1 | (segment.ipv6 ? 1 : 0);
    int side = sourceIsLower(segment) ? 0 : 1;
    if (side == 0) {
      highOf0 = segment.sourceHigh;
      lowOf0 = segment.sourceLow;
      highOf1 = segment.destinationHigh;
      lowOf1 = segment.destinationLow;
      ports = segment.sourcePort << 16 | segment.destinationPort;
    } else {
      highOf0 = segment.destinationHigh;
      lowOf0 = segment.destinationLow;
      highOf1 = segment.sourceHigh;
      lowOf1 = segment.sourceLow;
      ports = segment.destinationPort << 16 | segment.sourcePort;
    }
    long mixed = mix(seed ^ lowOf0) + lowOf1;
    mixed = mix(mixed ^ highOf0) + highOf1;
    hash = (int) mix(mixed ^ ports ^ (long) scope << 32);
    return side;
  }

  private static boolean sourceIsLower(Segment segment) {
    if (segment.sourceLow != segment.destinationLow) {
      return segment.sourceLow < segment.destinationLow;
    }
    if (segment.sourceHigh != segment.destinationHigh) {
      return segment.sourceHigh < segment.destinationHigh;
    }
    return segment.sourcePort <= segment.destinationPort;
  }

  /** The product's high half is its well mixed one; the table uses the low bits. */
  private static long mix(long value) {
    long mixed = value * 0x9e3779b97f4a7c15L;
    return mixed ^ mixed >>> 32;
  }

  int hash() {
    return hash;
  }

  boolean matches(ConnectionKey other) {
    return ports == other.ports
        && lowOf0 == other.lowOf0
        && lowOf1 == other.lowOf1
        && highOf0 == other.highOf0
        && highOf1 == other.highOf1
        && scope == other.scope;
  }

  boolean ipv6() {
    return (scope & 1) != 0;
  }

  int port(int side) {
    return side == 0 ? ports >>> 16 : ports & 0xffff;
  }

  Endpoint endpoint(int side) {
    return side == 0
        ? new Endpoint(ipv6(), highOf0, lowOf0, port(0))
        : new Endpoint(ipv6(), highOf1, lowOf1, port(1));
  }
}
