// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.wirespan.capture.SetupException;
import io.wirespan.capture.TraceRules;
import io.wirespan.generated.LibBpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.nio.ByteOrder;

/** Writes the trace rules into {@code dports2proto} and {@code egress_lookup_table}. */
final class TraceMaps {
  private static final int ADDRESS_LENGTH = 16;
  private static final int MAPPED_PREFIX_LENGTH = 96; // ::ffff:0:0/96, RFC 4291, 2.5.5.2

  private TraceMaps() {}

  static void fill(BpfObject object, TraceRules rules) throws SetupException {
    int ports = object.mapDescriptor(BpfObject.PORTS_MAP);
    int destinations = object.mapDescriptor(BpfObject.DESTINATIONS_MAP);
    try (Arena arena = Arena.ofConfined()) {
      for (TraceRules.Port rule : rules.incoming()) {
        MemorySegment key =
            arena.allocateFrom(JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), (short) rule.port());
        update(BpfObject.PORTS_MAP, ports, key, value(arena, rule.protocol().number()));
      }
      for (TraceRules.Destination rule : rules.outgoing()) {
        update(
            BpfObject.DESTINATIONS_MAP,
            destinations,
            key(arena, rule),
            value(arena, rule.protocol().number()));
      }
    }
  }

  /** A {@code struct egress_key}. */
  private static MemorySegment key(Arena arena, TraceRules.Destination rule) {
    MemorySegment key = arena.allocate(EventLayout.EGRESS_KEY);
    long addressAt = EventLayout.offset(EventLayout.EGRESS_KEY, "address");
    int addressBits = 0;
    if (rule.prefixLength() > 0) {
      byte[] address = mapped(rule.network());
      MemorySegment.copy(address, 0, key, JAVA_BYTE, addressAt, ADDRESS_LENGTH);
      boolean ipv4 = rule.network().getAddress().length == 4;
      addressBits = rule.prefixLength() + (ipv4 ? MAPPED_PREFIX_LENGTH : 0);
    }
    key.set(
        JAVA_INT,
        EventLayout.offset(EventLayout.EGRESS_KEY, "prefix_length"),
        Short.SIZE + addressBits);
    key.set(
        JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN),
        EventLayout.offset(EventLayout.EGRESS_KEY, "port"),
        (short) rule.port());
    return key;
  }

  private static byte[] mapped(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length == ADDRESS_LENGTH) {
      return bytes;
    }
    byte[] mapped = new byte[ADDRESS_LENGTH];
    mapped[10] = (byte) 0xff;
    mapped[11] = (byte) 0xff;
    System.arraycopy(bytes, 0, mapped, 12, bytes.length);
    return mapped;
  }

  private static MemorySegment value(Arena arena, int protocol) {
    return arena.allocateFrom(JAVA_BYTE, (byte) protocol);
  }

  private static void update(String name, int map, MemorySegment key, MemorySegment value)
      throws SetupException {
    int error =
        -NativeFunction.BPF_MAP_UPDATE_ELEM.callInt(
            map, key.address(), value.address(), LibBpf.BPF_ANY());
    if (error != 0) {
      throw new SetupException(
          "cannot write a rule into the BPF map " + name + ": " + NativeCalls.describe(error), "");
    }
  }
}
