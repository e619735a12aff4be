// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

/**
 * How a captured packet begins, by the numbers of the <a
 * href="https://www.tcpdump.org/linktypes.html">LINKTYPE_ registry</a>.
 */
public enum LinkType {
  /** BSD loopback: a 4-byte address family in the byte order of the capturing host. */
  NULL(0),
  /** An Ethernet header, possibly followed by VLAN tags. */
  ETHERNET(1),
  /** An IEEE 802.5 header, possibly with a source route, then LLC. */
  TOKEN_RING(6),
  /** PPP, with or without its HDLC address and control bytes. */
  PPP(9),
  /** An FDDI header, then LLC. */
  FDDI(10),
  /** A PPPoE session header, without Ethernet before it. */
  PPPOE(51),
  /** RFC 2684 on ATM: LLC. */
  ATM_LLC(100),
  /** No link header: an IPv4 or IPv6 packet, told apart by its version nibble. */
  RAW_IP(101),
  /** Cisco's HDLC: address, control, EtherType. */
  CISCO_HDLC(104),
  /** An IEEE 802.11 header. */
  IEEE_802_11(105),
  /** A frame relay address, then RFC 2427. */
  FRAME_RELAY(107),
  /** OpenBSD loopback: a 4-byte address family in network byte order. */
  LOOP(108),
  /** OpenBSD's encapsulation interface: a 12-byte header before IP. */
  ENC(109),
  /** Linux cooked capture, version 1: a 16-byte pseudo header. */
  LINUX_SLL(113),
  /** OpenBSD's firewall log: a header that begins with its length, before IP. */
  PFLOG(117),
  /** IEEE 802.11 behind a radiotap header. */
  RADIOTAP(127),
  /** ARCNET as Linux captures it. */
  ARCNET_LINUX(129),
  /** IEEE 802.11, or something else, behind a per-packet information header. */
  PPI(192),
  /** MPLS labels, without a link header before them. */
  MPLS(219),
  /** Linux netfilter log: attributes, one of which is the packet. */
  NFLOG(239),
  /** IP over InfiniBand. */
  IPOIB(242),
  /** macOS's capture of several interfaces: a header that names the link type of what follows. */
  PKTAP(258),
  /** Linux cooked capture, version 2: a 20-byte pseudo header. */
  LINUX_SLL2(276),
  /** Anything else; such packets are counted and skipped. */
  UNSUPPORTED(-1);

  private static final LinkType[] ALL = values();

  private final int number;

  LinkType(int number) {
    this.number = number;
  }

  /** The link type of a registry number; {@link #UNSUPPORTED} for one that is not decoded. */
  public static LinkType of(int number) {
    return switch (number) {
      // 12 and 14 are DLT_RAW on the BSDs, 228 and 229 are raw IPv4 and raw IPv6.
      case 12, 14, 228, 229 -> RAW_IP;
      case 50 -> PPP;
      default -> {
        for (LinkType type : ALL) {
          if (type.number == number) {
            yield type;
          }
        }
        yield UNSUPPORTED;
      }
    };
  }

  /** The registry number to write into a capture file. */
  public int number() {
    return number;
  }
}
