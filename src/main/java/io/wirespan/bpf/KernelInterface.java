// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import io.wirespan.capture.LinkType;
import io.wirespan.capture.SetupException;
import io.wirespan.capture.Side;
import io.wirespan.generated.LibBpf;
import io.wirespan.generated.ifaddrs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An interface of the network namespace that the calling thread is in, as getifaddrs(3) tells.
 *
 * @param hardwareType ARPHRD_ number of linux/if_arp.h
 * @param hasAddress whether an IP address that is not link-local is assigned to it
 */
record KernelInterface(
    String name, int ifindex, boolean up, boolean loopback, int hardwareType, boolean hasAddress) {

  // struct sockaddr_ll; jextract's class of it takes a start 25 ms, for its array.
  private static final int FAMILY_OFFSET = 0;
  private static final int IFINDEX_OFFSET = 4;
  private static final int HARDWARE_TYPE_OFFSET = 8;
  private static final int SOCKADDR_LENGTH = 20;

  private static final int IPV6_ADDRESS_OFFSET = 8; // struct sockaddr_in6
  private static final int IPV4_ADDRESS_OFFSET = 4; // struct sockaddr_in

  /** All interfaces, in the kernel's order. */
  static List<KernelInterface> list() throws SetupException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment first = arena.allocate(ValueLayout.ADDRESS);
      if (NativeFunction.GETIFADDRS.callInt(first.address()) != 0) {
        throw new SetupException("cannot list the network interfaces", "");
      }
      MemorySegment list = NativeCalls.pointer(first, 0);
      try {
        return List.copyOf(read(list).values());
      } finally {
        NativeFunction.FREEIFADDRS.call(list.address());
      }
    }
  }

  /** The list has an entry of family AF_PACKET for each interface, then one for each address. */
  private static Map<String, KernelInterface> read(MemorySegment list) {
    Map<String, KernelInterface> interfaces = new LinkedHashMap<>();
    for (MemorySegment next = list; !next.equals(MemorySegment.NULL); ) {
      MemorySegment entry = next.reinterpret(ifaddrs.sizeof());
      next = NativeCalls.pointer(entry, ifaddrs.ifa_next$offset());
      MemorySegment address = NativeCalls.pointer(entry, ifaddrs.ifa_addr$offset());
      if (address.equals(MemorySegment.NULL)) {
        continue;
      }
      String name = NativeCalls.text(NativeCalls.pointer(entry, ifaddrs.ifa_name$offset()));
      address = address.reinterpret(SOCKADDR_LENGTH);
      int family = address.get(ValueLayout.JAVA_SHORT, FAMILY_OFFSET);
      if (family == LibBpf.AF_PACKET()) {
        interfaces.put(name, of(name, ifaddrs.ifa_flags(entry), address));
      } else if (isGlobal(family, address)) {
        interfaces.computeIfPresent(name, (key, known) -> known.withAddress());
      }
    }
    return interfaces;
  }

  private static KernelInterface of(String name, int flags, MemorySegment address) {
    return new KernelInterface(
        name,
        address.get(ValueLayout.JAVA_INT, IFINDEX_OFFSET),
        (flags & LibBpf.IFF_UP()) != 0,
        (flags & LibBpf.IFF_LOOPBACK()) != 0,
        Short.toUnsignedInt(address.get(ValueLayout.JAVA_SHORT, HARDWARE_TYPE_OFFSET)),
        false);
  }

  private static boolean isGlobal(int family, MemorySegment address) {
    if (family == LibBpf.AF_INET()) {
      int high = Byte.toUnsignedInt(address.get(ValueLayout.JAVA_BYTE, IPV4_ADDRESS_OFFSET));
      int next = Byte.toUnsignedInt(address.get(ValueLayout.JAVA_BYTE, IPV4_ADDRESS_OFFSET + 1));
      return !(high == 169 && next == 254); // RFC 3927
    }
    if (family == LibBpf.AF_INET6()) {
      int high = Byte.toUnsignedInt(address.get(ValueLayout.JAVA_BYTE, IPV6_ADDRESS_OFFSET));
      int next = Byte.toUnsignedInt(address.get(ValueLayout.JAVA_BYTE, IPV6_ADDRESS_OFFSET + 1));
      return !(high == 0xfe && (next & 0xc0) == 0x80); // RFC 4291, 2.5.6
    }
    return false;
  }

  private KernelInterface withAddress() {
    return new KernelInterface(name, ifindex, up, loopback, hardwareType, true);
  }

  /** Tunnels and point-to-point links have no Ethernet header. */
  LinkType linkType() {
    return hardwareType == LibBpf.ARPHRD_ETHER() || hardwareType == LibBpf.ARPHRD_LOOPBACK()
        ? LinkType.ETHERNET
        : LinkType.RAW_IP;
  }

  /**
   * From where this interface sees its workload: an interface with an address is the workload's
   * own, one without is the host's end of the workload's link. On loopback there are two.
   */
  Side side() {
    if (loopback) {
      return Side.UNKNOWN;
    }
    return hasAddress ? Side.INSIDE : Side.OUTSIDE;
  }
}
