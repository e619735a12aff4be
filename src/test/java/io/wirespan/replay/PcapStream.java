// SPDX-License-Identifier: Apache-2.0
package io.wirespan.replay;

import io.wirespan.capture.LinkType;
import io.wirespan.tcp.PacketBuilder;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes IPv4 packets as a pcap file, a microsecond apart, as fast as a test wants them. */
final class PcapStream implements AutoCloseable {
  private static final int MAGIC_MICROSECONDS = 0xa1b2c3d4;
  private static final int RECORD_HEADER = 16;
  private static final int IP_HEADER = 20;
  private static final int TCP_HEADER = 20;
  private static final int MAX_PACKET = 65_536;
  private static final int MORE_FRAGMENTS = 0x2000;

  private final OutputStream out;
  private final ByteBuffer record = ByteBuffer.allocate(RECORD_HEADER + MAX_PACKET);
  private long micros = 1_700_000_000_000_000L;
  long packets;

  PcapStream(OutputStream to) throws IOException {
    out = new BufferedOutputStream(to, 1 << 16);
    record.order(ByteOrder.BIG_ENDIAN);
    record.putInt(MAGIC_MICROSECONDS).putShort((short) 2).putShort((short) 4).putLong(0);
    record.putInt(MAX_PACKET).putInt(LinkType.RAW_IP.number());
    out.write(record.array(), 0, record.position());
  }

  void pause(long micros) {
    this.micros += micros;
  }

  void tcp(
      int source, int sourcePort, int destination, int port, int seq, int ack, int flags, byte[] of)
      throws IOException {
    begin(source, destination, TCP_HEADER + of.length, 0, 0);
    record.putShort((short) sourcePort).putShort((short) port).putInt(seq).putInt(ack);
    record.put((byte) 0x50).put((byte) flags).putShort((short) 0xffff).putInt(0).put(of);
    end();
  }

  /** The first fragment of a datagram of which no other comes. */
  void fragment(int source, int destination, int id, byte[] payload) throws IOException {
    begin(source, destination, payload.length, id, MORE_FRAGMENTS);
    record.put(payload);
    end();
  }

  private void begin(int source, int destination, int length, int id, int fragmentation) {
    micros++;
    packets++;
    int total = IP_HEADER + length;
    record.clear();
    record.putInt((int) (micros / 1_000_000)).putInt((int) (micros % 1_000_000));
    record.putInt(total).putInt(total);
    record.putShort((short) 0x4500).putShort((short) total);
    record.putShort((short) id).putShort((short) fragmentation);
    record.put((byte) 64).put((byte) PacketBuilder.TCP).putShort((short) 0);
    record.putInt(source).putInt(destination);
  }

  private void end() throws IOException {
    out.write(record.array(), 0, record.position());
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
