// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Writes packets as pcapng: one little-endian section, each interface described before its first
 * packet, times in nanoseconds, directions kept. Blocks gather in a buffer; {@link #close} and
 * {@link #flush} hand it to the channel.
 */
public final class PcapngWriter implements Closeable {
  private static final int SECTION_HEADER = 0x0a0d0d0a;
  private static final int INTERFACE_DESCRIPTION = 1;
  private static final int ENHANCED_PACKET = 6;
  private static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;

  private static final short END_OF_OPTIONS = 0;
  private static final short COMMENT = 1;
  private static final short SHB_USERAPPL = 4;
  private static final short IF_NAME = 2;
  private static final short IF_TSRESOL = 9;
  private static final short EPB_FLAGS = 2;
  private static final byte NANOSECONDS = 9;

  private static final int INITIAL_CAPACITY = 1 << 16;
  private static final int MAX_TEXT = 0xffff;

  /** What a block can take besides a packet and its comment. */
  private static final int OVERHEAD = 128;

  private final WritableByteChannel channel;
  private final Map<CaptureInterface, Integer> numbers = new HashMap<>();
  private ByteBuffer buffer = ByteBuffer.allocate(INITIAL_CAPACITY).order(ByteOrder.LITTLE_ENDIAN);

  /** Begins the section. The channel is closed together with the writer. */
  public PcapngWriter(WritableByteChannel channel) {
    this.channel = channel;
    int block = beginBlock(SECTION_HEADER);
    buffer.putInt(BYTE_ORDER_MAGIC).putShort((short) 1).putShort((short) 0);
    // The section's length is not given: it is not known before the end.
    buffer.putLong(-1);
    putOption(SHB_USERAPPL, utf8("wirespan"));
    endOptions();
    endBlock(block);
  }

  public void write(Packet packet) throws IOException {
    write(packet, Optional.empty());
  }

  /**
   * Writes the packet as it was captured.
   *
   * @param comment for whoever opens the file; cut after 65,535 bytes
   */
  public void write(Packet packet, Optional<String> comment) throws IOException {
    byte[] text = utf8(comment.orElse(""));
    int number = numberOf(packet.capturedOn());
    reserve(packet.capturedLength() + text.length + OVERHEAD);
    int block = beginBlock(ENHANCED_PACKET);
    long nanos = packet.timestampEpochNanos();
    buffer.putInt(number).putInt((int) (nanos >>> 32)).putInt((int) nanos);
    buffer.putInt(packet.capturedLength()).putInt(packet.originalLength());
    int at = buffer.position();
    packet.bytes().getBytes(packet.offset(), buffer.array(), at, packet.capturedLength());
    buffer.position(at + packet.capturedLength());
    pad();
    if (packet.direction() != PacketDirection.UNKNOWN) {
      int flags = packet.direction() == PacketDirection.INGRESS ? 1 : 2;
      buffer.putShort(EPB_FLAGS).putShort((short) 4).putInt(flags);
    }
    if (text.length > 0) {
      putOption(COMMENT, text);
    }
    endOptions();
    endBlock(block);
  }

  private int numberOf(CaptureInterface capturedOn) throws IOException {
    Integer known = numbers.get(capturedOn);
    if (known != null) {
      return known;
    }
    byte[] name = utf8(capturedOn.name());
    reserve(name.length + OVERHEAD);
    int block = beginBlock(INTERFACE_DESCRIPTION);
    buffer.putShort((short) capturedOn.linkType().number()).putShort((short) 0).putInt(0);
    putOption(IF_NAME, name);
    putOption(IF_TSRESOL, new byte[] {NANOSECONDS});
    endOptions();
    endBlock(block);
    int number = numbers.size();
    numbers.put(capturedOn, number);
    return number;
  }

  /** Makes room for that many bytes. */
  private void reserve(int length) throws IOException {
    if (length > buffer.remaining()) {
      flush();
    }
    if (length > buffer.remaining()) {
      buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  private int beginBlock(int type) {
    int block = buffer.position();
    buffer.putInt(type).putInt(0);
    return block;
  }

  private void endBlock(int block) {
    int length = buffer.position() - block + Integer.BYTES;
    buffer.putInt(length).putInt(block + Integer.BYTES, length);
  }

  private void putOption(short code, byte[] value) {
    buffer.putShort(code).putShort((short) value.length).put(value);
    pad();
  }

  private void endOptions() {
    buffer.putShort(END_OF_OPTIONS).putShort((short) 0);
  }

  /** Blocks begin at multiples of 4 in the buffer, as it is flushed between blocks only. */
  private void pad() {
    while ((buffer.position() & 3) != 0) {
      buffer.put((byte) 0);
    }
  }

  private static byte[] utf8(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return bytes.length > MAX_TEXT ? Arrays.copyOf(bytes, MAX_TEXT) : bytes;
  }

  /** Hands what has gathered to the channel. */
  public void flush() throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      flush();
    }
  }
}
