// SPDX-License-Identifier: Apache-2.0
package io.wirespan.evidence;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PcapngWriter;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The packets kept of one connection: its handshake, and everything since the exchange that ended
 * last began.
 *
 * <p>Where that is more than the connection may hold, the middle goes: the first packets have the
 * heads of the messages, the last ones tell how the exchange ended. A connection may hold a
 * fraction of what is free, so that large ones always leave room for others.
 */
final class ConnectionPackets {
  private static final int MAX_HANDSHAKE_PACKETS = 8;

  /** Of the pool's free blocks, 1 / this may be held by one connection. */
  private static final int SHARE = 16;

  /** Blocks that may be held whatever is free: enough for a small exchange. */
  private static final int SMALL = 8;

  /**
   * Sequence numbers tell "ahead" from "behind" over half of their range (RFC 9293, section 3.4),
   * and a reader of the file believes in less: beyond that a handshake would only mislead it.
   */
  private static final long MAX_REACH = 1 << 29;

  /** What a block of pcapng takes besides the packet, and the blocks before the first one. */
  private static final int BYTES_AROUND_PACKET = 48;

  private static final int BYTES_AROUND_FILE = 512;

  private final BlockPool pool;
  private final CaptureInterface capturedOn;
  private final int maxBlocks;
  private final PacketChain handshake;

  /** The first packets; when they have their share, further ones go to {@link #tail}. */
  private PacketChain head;

  private PacketChain tail;

  private long carriedBytes;
  private long packetsDropped;
  private long lastDroppedEpochNanos = Long.MIN_VALUE;

  /** Where the exchange that ended last began, or those that it overlaps with. */
  private long busyEpochNanos = Long.MIN_VALUE;

  private long lastEndEpochNanos = Long.MIN_VALUE;

  /** Where the connection's first exchange began, once one has ended. */
  private long firstEpochNanos = Long.MAX_VALUE;

  ConnectionPackets(BlockPool pool, CaptureInterface capturedOn, int maxBytes) {
    this.pool = pool;
    this.capturedOn = capturedOn;
    this.maxBlocks = maxBytes / BlockPool.BLOCK_BYTES;
    this.handshake = new PacketChain(pool);
    this.head = new PacketChain(pool);
    this.tail = new PacketChain(pool);
  }

  /** Copies a packet; returns how many were dropped for it, itself included. */
  int add(Packet packet, boolean ofHandshake) {
    carriedBytes += packet.originalLength();
    if (ofHandshake) {
      return addToHandshake(packet);
    }
    int room = room();
    if (tail.isEmpty() && head.blocks() + head.blocksFor(packet) <= room / 2) {
      head.add(packet);
      return 0;
    }
    int dropped = 0;
    while (!tail.isEmpty() && !fitsTail(packet, room)) {
      noteDropped(tail.firstEpochNanos());
      tail.dropFirst();
      dropped++;
    }
    if (fitsTail(packet, room)) {
      tail.add(packet);
    } else {
      noteDropped(packet.timestampEpochNanos());
      dropped++;
    }
    return dropped;
  }

  /** How many blocks its packets may take in all; what they do not take yet is free. */
  private int room() {
    int free = pool.freeBlocks();
    return Math.min(maxBlocks, Math.max(free / SHARE, Math.min(free, SMALL)));
  }

  /** A flood of connections that carry nothing must not take the last memory. */
  private int addToHandshake(Packet packet) {
    int needed = handshake.blocksFor(packet);
    boolean fits = handshake.packets() < MAX_HANDSHAKE_PACKETS && pool.mayTakeAtOpening(needed);
    if (fits) {
      handshake.add(packet);
    }
    return fits ? 0 : 1;
  }

  private boolean fitsTail(Packet packet, int room) {
    return head.blocks() + tail.blocks() + tail.blocksFor(packet) <= room;
  }

  private void noteDropped(long epochNanos) {
    packetsDropped++;
    lastDroppedEpochNanos = Math.max(lastDroppedEpochNanos, epochNanos);
  }

  /**
   * An exchange has ended. Returns when the first packet that belongs with it was captured: of one
   * that was pipelined, a packet of the exchanges before it, since a response is matched by
   * counting.
   */
  long begin(long startEpochNanos, long endEpochNanos) {
    if (startEpochNanos >= lastEndEpochNanos) {
      busyEpochNanos = startEpochNanos;
    }
    lastEndEpochNanos = Math.max(lastEndEpochNanos, endEpochNanos);
    long from = Math.min(busyEpochNanos, startEpochNanos);
    firstEpochNanos = Math.min(firstEpochNanos, from);
    return from;
  }

  /** Whether what begins then is all that the connection has carried. */
  boolean isWholeFrom(long epochNanos) {
    return epochNanos <= firstEpochNanos;
  }

  /** Lets go of what only exchanges that have ended can have needed. */
  void forgetBefore(long epochNanos) {
    dropBefore(head, epochNanos);
    if (head.isEmpty()) {
      dropBefore(tail, epochNanos);
      PacketChain emptied = head;
      head = tail;
      tail = emptied;
    }
    if (lastDroppedEpochNanos < epochNanos) {
      packetsDropped = 0;
    }
  }

  private static void dropBefore(PacketChain chain, long epochNanos) {
    while (!chain.isEmpty() && chain.firstEpochNanos() < epochNanos) {
      chain.dropFirst();
    }
  }

  /** About as many bytes as {@link #writeTo} writes; not fewer. */
  long fileBytes() {
    int packets = handshake.packets() + head.packets() + tail.packets();
    long bytes = handshake.bytes() + head.bytes() + tail.bytes();
    return bytes + (long) packets * BYTES_AROUND_PACKET + BYTES_AROUND_FILE;
  }

  /**
   * Writes the handshake, if it is wanted and of use, then all packets from one on.
   *
   * @param fromEpochNanos time of the first packet behind the handshake
   * @param shiftNanos added to the packets' times
   */
  void writeTo(PcapngWriter writer, boolean withHandshake, long fromEpochNanos, long shiftNanos)
      throws IOException {
    Packet packet = new Packet();
    ByteBuf memory = Unpooled.buffer();
    if (withHandshake && carriedBytes <= MAX_REACH) {
      PacketChain.Reader reader = handshake.reader(capturedOn);
      while (reader.next(packet, memory, shiftNanos)) {
        writer.write(packet);
      }
    }
    boolean begun = false;
    for (PacketChain chain : List.of(head, tail)) {
      PacketChain.Reader reader = chain.reader(capturedOn);
      while (reader.next(packet, memory, shiftNanos)) {
        boolean first = !begun && packet.timestampEpochNanos() - shiftNanos >= fromEpochNanos;
        begun |= first;
        if (begun) {
          writer.write(packet, first ? remark(fromEpochNanos) : Optional.empty());
        }
      }
    }
  }

  private Optional<String> remark(long fromEpochNanos) {
    return packetsDropped > 0 && lastDroppedEpochNanos >= fromEpochNanos
        ? Optional.of("wirespan: no room for " + packetsDropped + " packets of this connection")
        : Optional.empty();
  }

  void release() {
    handshake.clear();
    head.clear();
    tail.clear();
  }
}
