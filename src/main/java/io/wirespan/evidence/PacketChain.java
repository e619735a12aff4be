// SPDX-License-Identifier: Apache-2.0
package io.wirespan.evidence;

import io.netty.buffer.ByteBuf;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketDirection;
import io.wirespan.evidence.BlockPool.Block;

/**
 * Copies of packets, oldest first, in a chain of blocks:
 *
 * <pre>
 *   record  epoch nanoseconds 8 | captured length 4 | original length 4 | direction 4 | packet
 * </pre>
 *
 * <p>The head of a record lies in one block; the packet may go on in the following ones.
 */
final class PacketChain {
  private static final int HEAD_BYTES = 20;
  private static final PacketDirection[] DIRECTIONS = PacketDirection.values();

  private final BlockPool pool;
  private Block first;
  private Block last;
  private int blocks;
  private int packets;
  private long bytes;

  /** In the first block, where the oldest record begins. */
  private int readAt;

  /** In the last block, behind the newest record. */
  private int writeAt;

  PacketChain(BlockPool pool) {
    this.pool = pool;
  }

  boolean isEmpty() {
    return packets == 0;
  }

  int packets() {
    return packets;
  }

  /** Of the packets alone. */
  long bytes() {
    return bytes;
  }

  int blocks() {
    return blocks;
  }

  /** How many more blocks the packet would take. */
  int blocksFor(Packet packet) {
    int beyond = HEAD_BYTES + packet.capturedLength() - roomForRecord();
    return Math.max(0, (beyond + BlockPool.BLOCK_BYTES - 1) / BlockPool.BLOCK_BYTES);
  }

  private int roomForRecord() {
    return last == null || !holdsHead(writeAt) ? 0 : BlockPool.BLOCK_BYTES - writeAt;
  }

  private static boolean holdsHead(int at) {
    return BlockPool.BLOCK_BYTES - at >= HEAD_BYTES;
  }

  /** Copies a packet; the pool must have the blocks for it. */
  void add(Packet packet) {
    if (roomForRecord() == 0) {
      addBlock();
    }
    if (isEmpty()) {
      readAt = writeAt;
    }
    last.bytes.putLong(writeAt, packet.timestampEpochNanos());
    last.bytes.putInt(writeAt + 8, packet.capturedLength());
    last.bytes.putInt(writeAt + 12, packet.originalLength());
    last.bytes.putInt(writeAt + 16, packet.direction().ordinal());
    writeAt += HEAD_BYTES;
    int from = packet.offset();
    int end = from + packet.capturedLength();
    while (from < end) {
      if (writeAt == BlockPool.BLOCK_BYTES) {
        addBlock();
      }
      int part = Math.min(end - from, BlockPool.BLOCK_BYTES - writeAt);
      packet.bytes().getBytes(from, last.bytes.array(), writeAt, part);
      writeAt += part;
      from += part;
    }
    packets++;
    bytes += packet.capturedLength();
  }

  private void addBlock() {
    Block block = pool.take();
    blocks++;
    if (last == null) {
      first = block;
    } else {
      last.next = block;
    }
    last = block;
    writeAt = 0;
  }

  /** Time of the oldest packet; there must be one. */
  long firstEpochNanos() {
    return holdsHead(readAt) ? first.bytes.getLong(readAt) : first.next.bytes.getLong(0);
  }

  /** Forgets the oldest packet; there must be one. */
  void dropFirst() {
    if (packets == 1) {
      clear();
      return;
    }
    packets--;
    if (!holdsHead(readAt)) {
      dropBlock();
      readAt = 0;
    }
    int length = first.bytes.getInt(readAt + 8);
    bytes -= length;
    readAt += HEAD_BYTES + length;
    while (readAt >= BlockPool.BLOCK_BYTES) {
      dropBlock();
      readAt -= BlockPool.BLOCK_BYTES;
    }
  }

  private void dropBlock() {
    Block dropped = first;
    first = dropped.next;
    blocks--;
    pool.giveBack(dropped);
  }

  void clear() {
    while (first != null) {
      dropBlock();
    }
    last = null;
    packets = 0;
    bytes = 0;
    readAt = 0;
    writeAt = 0;
  }

  /** Valid until the chain changes. */
  Reader reader(CaptureInterface capturedOn) {
    return new Reader(capturedOn);
  }

  /** Goes through the packets of a chain, oldest first. */
  final class Reader {
    private final CaptureInterface capturedOn;
    private Block block = first;
    private int at = readAt;
    private int read;

    private Reader(CaptureInterface capturedOn) {
      this.capturedOn = capturedOn;
    }

    /**
     * Points {@code packet} at the next packet, if there is one.
     *
     * @param memory overwritten with its bytes
     * @param shiftNanos added to its time
     */
    boolean next(Packet packet, ByteBuf memory, long shiftNanos) {
      if (read == packets) {
        return false;
      }
      read++;
      if (!holdsHead(at)) {
        enterNextBlock();
      }
      long epochNanos = block.bytes.getLong(at) + shiftNanos;
      int length = block.bytes.getInt(at + 8);
      int originalLength = block.bytes.getInt(at + 12);
      PacketDirection direction = DIRECTIONS[block.bytes.getInt(at + 16)];
      at += HEAD_BYTES;
      copy(length, memory.clear());
      packet.wrap(capturedOn, direction, memory, 0, length, originalLength, epochNanos, read);
      return true;
    }

    private void copy(int length, ByteBuf memory) {
      int left = length;
      while (left > 0) {
        if (at == BlockPool.BLOCK_BYTES) {
          enterNextBlock();
        }
        int part = Math.min(left, BlockPool.BLOCK_BYTES - at);
        memory.writeBytes(block.bytes.array(), at, part);
        at += part;
        left -= part;
      }
    }

    private void enterNextBlock() {
      block = block.next;
      at = 0;
    }
  }
}
