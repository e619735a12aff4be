// SPDX-License-Identifier: Apache-2.0
package io.wirespan.evidence;

import java.nio.ByteBuffer;

/** Equal blocks of memory, made when first needed and used again and again; there is a most. */
final class BlockPool {
  /** Most connections hold a request and a small response, and an idle one holds that for long. */
  static final int BLOCK_BYTES = 2048;

  /** 1 / this of the blocks is for connections that carry something. */
  private static final int OPENING_RESERVE = 16;

  static final class Block {
    final ByteBuffer bytes = ByteBuffer.allocate(BLOCK_BYTES);

    /** The next in a chain, or of those that are free; or null. */
    Block next;
  }

  private final int maxBlocks;
  private int blocksInUse;
  private Block free;

  BlockPool(long maxBytes) {
    this.maxBlocks = Math.toIntExact(maxBytes / BLOCK_BYTES);
  }

  int freeBlocks() {
    return maxBlocks - blocksInUse;
  }

  /** Whether there is more than enough, so that connections which just begin may have some. */
  boolean mayTakeAtOpening(int blocks) {
    return freeBlocks() - blocks >= maxBlocks / OPENING_RESERVE;
  }

  /** Only while there are free ones. */
  Block take() {
    blocksInUse++;
    if (free == null) {
      return new Block();
    }
    Block block = free;
    free = block.next;
    block.next = null;
    return block;
  }

  void giveBack(Block block) {
    blocksInUse--;
    block.next = free;
    free = block;
  }
}
