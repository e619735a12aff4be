// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.Side;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Packets for tests, from the inside out: {@code ethernet(IPV4, ipv4(a, b, TCP, tcp(...)))}. Each
 * method returns the bytes of its header and of what it carries.
 */
public final class PacketBuilder {
  public static final int IPV4 = 0x0800;
  public static final int IPV6 = 0x86dd;
  public static final int TCP = 6;
  public static final int FIN = 1;
  public static final int SYN = 2;
  public static final int RST = 4;
  public static final int PSH = 8;
  public static final int ACK = 16;

  private PacketBuilder() {}

  public static byte[] ethernet(int type, byte[] payload) {
    return bytes(out -> out.writeZero(12).writeShort(type).writeBytes(payload));
  }

  /** A tag as it stands behind an EtherType of 0x8100, 0x88a8 or 0x9100. */
  public static byte[] vlan(int id, int type, byte[] payload) {
    return bytes(out -> out.writeShort(id).writeShort(type).writeBytes(payload));
  }

  public static byte[] ipv4(String source, String destination, int protocol, byte[] payload) {
    return ipv4(source, destination, protocol, 0, 0, payload);
  }

  /**
   * An IPv4 packet or a fragment of one.
   *
   * @param fragmentation the flags and offset field: 0x2000 is "more fragments", then units of 8
   */
  public static byte[] ipv4(
      String source, String destination, int protocol, int id, int fragmentation, byte[] payload) {
    return bytes(
        out ->
            out.writeByte(0x45)
                .writeByte(0)
                .writeShort(20 + payload.length)
                .writeShort(id)
                .writeShort(fragmentation)
                .writeByte(64)
                .writeByte(protocol)
                .writeShort(0)
                .writeBytes(address(source))
                .writeBytes(address(destination))
                .writeBytes(payload));
  }

  public static byte[] ipv6(String source, String destination, int next, byte[] payload) {
    return bytes(
        out ->
            out.writeInt(0x60000000)
                .writeShort(payload.length)
                .writeByte(next)
                .writeByte(64)
                .writeBytes(address(source))
                .writeBytes(address(destination))
                .writeBytes(payload));
  }

  public static byte[] tcp(
      int sourcePort, int destinationPort, int seq, int ack, int flags, byte[] payload) {
    return tcp(sourcePort, destinationPort, seq, ack, flags, 0xffff, payload);
  }

  public static byte[] tcp(
      int sourcePort,
      int destinationPort,
      int seq,
      int ack,
      int flags,
      int window,
      byte[] payload) {
    return bytes(
        out ->
            out.writeShort(sourcePort)
                .writeShort(destinationPort)
                .writeInt(seq)
                .writeInt(ack)
                .writeByte(0x50)
                .writeByte(flags)
                .writeShort(window)
                .writeInt(0)
                .writeBytes(payload));
  }

  public static byte[] udp(int sourcePort, int destinationPort, byte[] payload) {
    return bytes(
        out ->
            out.writeShort(sourcePort)
                .writeShort(destinationPort)
                .writeShort(8 + payload.length)
                .writeShort(0)
                .writeBytes(payload));
  }

  /** A header in hexadecimal digits, and what it carries. */
  public static byte[] prefixed(String hex, byte[] payload) {
    byte[] prefix = HexFormat.of().parseHex(hex.replace(" ", ""));
    return bytes(out -> out.writeBytes(prefix).writeBytes(payload));
  }

  /** Any bytes, written with netty's big-endian methods. */
  public static byte[] bytes(Consumer<ByteBuf> writer) {
    ByteBuf buffer = Unpooled.buffer();
    writer.accept(buffer);
    byte[] result = new byte[buffer.readableBytes()];
    buffer.readBytes(result);
    return result;
  }

  public static CaptureInterface captureInterface(LinkType linkType, Side side) {
    return new CaptureInterface(0, "test0", 0, linkType, side, Optional.empty());
  }

  /** A packet that was captured whole, from an interface of unknown side. */
  public static Packet packet(LinkType linkType, byte[] bytes, long epochNanos, long number) {
    Packet packet = new Packet();
    packet.wrap(
        captureInterface(linkType, Side.UNKNOWN),
        PacketDirection.UNKNOWN,
        Unpooled.wrappedBuffer(bytes),
        0,
        bytes.length,
        bytes.length,
        epochNanos,
        number);
    return packet;
  }

  private static byte[] address(String text) {
    try {
      return InetAddress.getByName(text).getAddress();
    } catch (UnknownHostException e) {
      throw new AssertionError("not an address: " + text, e);
    }
  }
}
