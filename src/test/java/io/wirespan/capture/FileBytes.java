// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Capture files, byte by byte, and what is read of them. */
final class FileBytes {
  /** A packet as a handler saw it; the flyweight does not live long enough. */
  record Seen(
      long number,
      String interfaceName,
      LinkType linkType,
      PacketDirection direction,
      long epochNanos,
      int originalLength,
      String hex) {}

  record Read(List<Seen> packets, CaptureFileSource source) {
    List<Long> times() {
      return packets.stream().map(Seen::epochNanos).toList();
    }

    List<String> hex() {
      return packets.stream().map(Seen::hex).toList();
    }
  }

  private ByteBuffer buffer;

  private FileBytes(ByteOrder order) {
    buffer = ByteBuffer.allocate(256).order(order);
  }

  static FileBytes in(ByteOrder order) {
    return new FileBytes(order);
  }

  /** A pcap file header. */
  static FileBytes pcap(ByteOrder order, int magic, int linkField) {
    return in(order).u32(magic).u16(2).u16(4).u32(0).u32(0).u32(262_144).u32(linkField);
  }

  /** A pcapng section header without options. */
  FileBytes section() {
    FileBytes body = in(buffer.order()).u32(0x1a2b3c4d).u16(1).u16(0).u32(-1).u32(-1);
    return block(0x0a0d0d0a, body);
  }

  FileBytes description(int linkNumber, int snapLength, FileBytes options) {
    return block(
        1, in(buffer.order()).u16(linkNumber).u16(0).u32(snapLength).append(options.bytes()));
  }

  FileBytes enhanced(int number, long units, byte[] packet, int original, FileBytes options) {
    FileBytes body = in(buffer.order()).u32(number).u32((int) (units >>> 32)).u32((int) units);
    body.u32(packet.length).u32(original).append(packet).pad();
    return block(6, body.append(options.bytes()));
  }

  FileBytes enhanced(int number, long units, byte[] packet) {
    return enhanced(number, units, packet, packet.length, in(buffer.order()));
  }

  FileBytes block(int type, FileBytes body) {
    int length = body.bytes().length + 12;
    return u32(type).u32(length).append(body.bytes()).u32(length);
  }

  FileBytes option(int code, byte[] value) {
    return u16(code).u16(value.length).append(value).pad();
  }

  FileBytes u8(int value) {
    room(1).put((byte) value);
    return this;
  }

  FileBytes u16(int value) {
    room(2).putShort((short) value);
    return this;
  }

  FileBytes u32(int value) {
    room(4).putInt(value);
    return this;
  }

  FileBytes u64(long value) {
    room(8).putLong(value);
    return this;
  }

  FileBytes append(byte... bytes) {
    room(bytes.length).put(bytes);
    return this;
  }

  private ByteBuffer room(int length) {
    if (buffer.remaining() < length) {
      int capacity = 2 * buffer.capacity() + length;
      buffer = ByteBuffer.allocate(capacity).order(buffer.order()).put(buffer.flip());
    }
    return buffer;
  }

  private FileBytes pad() {
    while ((buffer.position() & 3) != 0) {
      room(1).put((byte) 0);
    }
    return this;
  }

  byte[] bytes() {
    byte[] bytes = new byte[buffer.position()];
    buffer.get(0, bytes);
    return bytes;
  }

  static byte[] gzip(byte[] plain) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(plain);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static byte[] join(byte[] first, byte[] second) {
    byte[] joined = new byte[first.length + second.length];
    System.arraycopy(first, 0, joined, 0, first.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }

  static CaptureFileSource open(byte[] file) throws SetupException {
    return CaptureFileSource.open(
        "file", Channels.newChannel(new ByteArrayInputStream(file)), file.length, Side.UNKNOWN);
  }

  static Read read(byte[] file) throws SetupException, IOException {
    return read(open(file));
  }

  static Read read(CaptureFileSource source) throws IOException {
    List<Seen> packets = new ArrayList<>();
    PacketHandler handler = packet -> packets.add(seen(packet));
    try (source) {
      while (source.poll(handler, 0) != PacketSource.END) {}
    }
    return new Read(packets, source);
  }

  private static Seen seen(Packet packet) {
    StringBuilder hex = new StringBuilder();
    for (int i = 0; i < packet.capturedLength(); i++) {
      hex.append(String.format("%02x", packet.bytes().getByte(packet.offset() + i)));
    }
    return new Seen(
        packet.number(),
        packet.capturedOn().name(),
        packet.capturedOn().linkType(),
        packet.direction(),
        packet.timestampEpochNanos(),
        packet.originalLength(),
        hex.toString());
  }
}
