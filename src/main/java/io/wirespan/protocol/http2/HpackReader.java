// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.wirespan.protocol.Outcome;

/**
 * Decodes the header blocks of one direction (RFC 7541), also when blocks were missed.
 *
 * <p>Entries of the dynamic table are counted from the newest, so an entry that is added after a
 * loss has the same index here as at its sender, whatever was before it. What was before it is
 * played by entries of the unknown name {@link BlockFields#UNKNOWN_NAME} that fill the table. They
 * are as short as an entry with a name can be, so there are at least as many of them as the sender
 * has entries; each addition evicts at least as many there as here; and an entry that was learnt is
 * evicted here no later than there if this table is as large. In a table that is smaller an index
 * finds nothing. So a field is right, or unknown, and never another one.
 *
 * <p>For the same reason the settings of the receiver only ever enlarge the table: the sender says
 * in its blocks when it makes its own smaller (section 4.2).
 */
final class HpackReader {
  /** How a block came out. */
  enum Result {
    WHOLE,
    /** Some fields could not be known, as fields were missed before. */
    PARTLY,
    /** Not a header block, or too long. */
    INVALID
  }

  /** SETTINGS_HEADER_TABLE_SIZE before a peer says otherwise. */
  private static final int DEFAULT_TABLE_SIZE = 4096;

  /** The most that we keep; no implementation in use asks for more. */
  private static final int MAX_TABLE_SIZE = 1 << 16;

  /** Of an entry with a name of one character and no value (RFC 7541, section 4.1). */
  private static final int SHORTEST_ENTRY = 33;

  /** Blocks with an index that finds nothing, after which a large table is no longer tried. */
  private static final int MAX_FAILURES = 16;

  private static final int ANY_STREAM = 1;

  private final BlockFields fields;
  private final int maxListSize;

  /** Null while there is nothing to be remembered. */
  private Decoder decoder;

  private int tableSize = DEFAULT_TABLE_SIZE;
  private Outcome loss;
  private int failures;

  /** The decoder with our fields in the place of its own. */
  private static final class Decoder extends DefaultHttp2HeadersDecoder {
    private final BlockFields fields;

    Decoder(BlockFields fields, int maxListSize) throws Http2Exception {
      super(false, false, maxListSize);
      this.fields = fields;
      maxHeaderTableSize(MAX_TABLE_SIZE);
    }

    @Override
    protected Http2Headers newHeaders() {
      return fields.sink();
    }
  }

  /**
   * @param loss why entries of the table may be missing; {@link Outcome#COMPLETE} if none are
   */
  HpackReader(BlockFields fields, int maxListSize, Outcome loss) {
    this.fields = fields;
    this.maxListSize = maxListSize;
    this.loss = loss;
  }

  /** Why fields may be unknown; {@link Outcome#COMPLETE} if none can be. */
  Outcome loss() {
    return loss;
  }

  /** Blocks were missed: what the table holds is no longer where the sender has it. */
  void lose(Outcome cause) {
    loss = cause;
    decoder = null;
  }

  /** The receiver allows a table of this size. */
  void allowTableSize(long size) {
    int wanted = (int) Math.min(size, MAX_TABLE_SIZE);
    if (wanted > tableSize) {
      tableSize = wanted;
      if (decoder != null) {
        read(tableSizeUpdate(wanted));
      }
    }
  }

  /** Reads a whole block into the fields. */
  Result decode(ByteBuf block) {
    if (decoder == null) {
      open();
    }
    fields.reset();
    Http2Exception failure = read(block);
    if (failure == null) {
      return fields.hasUnknown() ? Result.PARTLY : Result.WHOLE;
    }
    if (failure instanceof Http2Exception.HeaderListSizeException) {
      // Found at the end of the block: the table has taken all of it.
      return Result.INVALID;
    }
    fields.markUnknown();
    if (loss == Outcome.COMPLETE) {
      lose(Outcome.PARSE_ERROR);
      return Result.INVALID;
    }
    // Most likely an index beyond a table that is larger at its sender than here. If that does not
    // help, the cost of filling a large one over and over is too high.
    failures++;
    tableSize = failures <= MAX_FAILURES ? MAX_TABLE_SIZE : DEFAULT_TABLE_SIZE;
    lose(loss);
    return Result.PARTLY;
  }

  /** Reads as many fields as there are of a block that is not whole. */
  void decodePart(ByteBuf block, Outcome cause) {
    if (decoder == null) {
      open();
    }
    fields.reset();
    read(block);
    fields.markUnknown();
    lose(cause);
  }

  /** Null if all is well. */
  private Http2Exception read(ByteBuf block) {
    try {
      decoder.decodeHeaders(ANY_STREAM, block);
      return null;
    } catch (Http2Exception e) {
      return e;
    }
  }

  private void open() {
    try {
      decoder = new Decoder(fields, maxListSize);
    } catch (Http2Exception e) {
      throw new IllegalStateException("MAX_TABLE_SIZE=" + MAX_TABLE_SIZE, e);
    }
    if (tableSize != DEFAULT_TABLE_SIZE) {
      read(tableSizeUpdate(tableSize));
    }
    if (loss != Outcome.COMPLETE) {
      read(unknownEntries(tableSize / SHORTEST_ENTRY));
    }
  }

  /** RFC 7541, section 6.3; sizes from 31 on. */
  private static ByteBuf tableSizeUpdate(int size) {
    ByteBuf block = Unpooled.buffer(4).writeByte(0x3f);
    int rest = size - 0x1f;
    for (; rest >= 0x80; rest >>>= 7) {
      block.writeByte(0x80 | rest & 0x7f);
    }
    return block.writeByte(rest);
  }

  /** RFC 7541, section 6.2.1: a new name once, and then the name of the newest entry. */
  private static ByteBuf unknownEntries(int count) {
    ByteBuf block = Unpooled.buffer(2 * count + 2);
    block.writeByte(0x40).writeByte(1).writeByte(BlockFields.UNKNOWN_NAME).writeByte(0);
    for (int i = 1; i < count; i++) {
      block.writeByte(0x40 | 62).writeByte(0);
    }
    return block;
  }
}
