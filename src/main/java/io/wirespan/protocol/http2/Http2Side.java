// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import io.netty.buffer.ByteBuf;
import io.wirespan.protocol.Detail;
import io.wirespan.protocol.Outcome;
import io.wirespan.tcp.Direction;
import io.wirespan.tcp.GapCause;
import io.wirespan.tcp.PacketStamp;

/** One direction of a connection: what its frames mean, as far as one side alone can tell. */
final class Http2Side implements FrameSink {
  private final Http2Protocol shared;
  private final Http2Connection connection;
  private final Direction direction;
  private final FrameReader reader = new FrameReader(this);
  private final HeaderBlock block;
  private final HpackReader hpack;

  /** The stream of the DATA frame being read; null if it is none or of a stream that has ended. */
  private OpenStream stream;

  /** Whether the block was decoded where it lay. */
  private boolean decoded;

  private boolean framesSeen;
  private int settingFilled;
  private long setting;

  /**
   * @param loss why frames before the first byte were not seen; {@link Outcome#COMPLETE} if there
   *     were none
   */
  Http2Side(Http2Protocol shared, Http2Connection connection, Direction direction, Outcome loss) {
    this.shared = shared;
    this.connection = connection;
    this.direction = direction;
    this.block = new HeaderBlock(shared);
    this.hpack = shared.newHpackReader(direction, loss);
    if (loss != Outcome.COMPLETE) {
      reader.search();
    } else if (direction == Direction.CLIENT_TO_SERVER) {
      reader.expectPreface();
    }
  }

  void data(ByteBuf data, long offset, PacketStamp stamp) {
    reader.data(data, offset, stamp);
  }

  void gap(long length, GapCause cause, PacketStamp stamp) {
    reader.gap(length, cause, stamp);
  }

  /** Reads no more; tells what is known of a header block that will not become whole. */
  void stop(Outcome cause) {
    reader.stop();
    if (block.isOpen()) {
      block.damage(cause);
      endBlock();
    }
  }

  /** Whether frames of this side may not have been seen. */
  boolean lossy() {
    return loss() != Outcome.COMPLETE;
  }

  /** Why frames of this side may not have been seen; {@link Outcome#COMPLETE} if all were. */
  Outcome loss() {
    return hpack.loss();
  }

  /** Whether any frame of this side was seen. */
  boolean framesSeen() {
    return framesSeen;
  }

  void allowTableSize(long size) {
    hpack.allowTableSize(size);
  }

  @Override
  public void begin(FrameReader frame, PacketStamp stamp) {
    framesSeen = true;
    connection.frameSeen();
    stream = null;
    if (block.isOpen() && frame.type() != Frame.CONTINUATION) {
      // RFC 9113, section 6.10: nothing else may come in between.
      loseBlock();
    }
    switch (frame.type()) {
      case Frame.DATA -> beginData(frame, stamp);
      case Frame.HEADERS -> beginBlock(frame, 0, stamp);
      case Frame.PUSH_PROMISE -> beginBlock(frame, frame.damaged() ? 0 : frame.fixedInt(4), stamp);
      case Frame.CONTINUATION -> {
        if (block.isOpen() && block.streamId() == frame.streamId()) {
          block.addFrame(frame);
          block.touch(stamp);
        } else {
          loseTable();
        }
      }
      case Frame.RST_STREAM ->
          connection.reset(
              frame.streamId(),
              frame.damaged() ? Detail.UNKNOWN : frame.fixedInt(4),
              frame.firstNanos());
      case Frame.GOAWAY -> {
        if (!frame.damaged()) {
          connection.goAway(direction, frame.fixedInt(8));
        }
      }
      case Frame.SETTINGS -> settingFilled = 0;
      default -> {}
    }
  }

  /** Goes on without the block that a CONTINUATION belongs to: it was missed, or never sent. */
  private void loseTable() {
    if (!lossy()) {
      connection.countParseError();
    }
    hpack.lose(lossy() ? loss() : Outcome.PARSE_ERROR);
  }

  private void beginData(FrameReader frame, PacketStamp stamp) {
    stream = connection.streamOfData(direction, frame.streamId());
    if (stream != null) {
      stream.message(direction).addDataFrame(frame);
      stream.message(direction).touch(stamp);
    }
  }

  private void beginBlock(FrameReader frame, int promisedId, PacketStamp stamp) {
    block.begin(frame, promisedId);
    block.touch(stamp);
    if (frame.damaged()) {
      block.damage(Outcome.GAP);
    }
  }

  @Override
  public void body(FrameReader frame, ByteBuf data, int length, PacketStamp stamp) {
    switch (frame.type()) {
      case Frame.DATA -> {
        if (stream != null) {
          stream.message(direction).touch(stamp);
          stream.message(direction).addContent(data, length);
        }
      }
      case Frame.HEADERS, Frame.PUSH_PROMISE, Frame.CONTINUATION -> {
        if (block.isOpen()) {
          block.touch(stamp);
          bodyOfBlock(frame, data, length);
        }
      }
      case Frame.SETTINGS -> settings(frame, data, length);
      default -> {}
    }
  }

  private void bodyOfBlock(FrameReader frame, ByteBuf data, int length) {
    boolean inOnePiece =
        length == frame.bodyLength() && frame.has(Frame.END_HEADERS) && !block.isCollected();
    if (!inOnePiece || block.damage() != Outcome.COMPLETE) {
      block.collect(data, length);
      return;
    }
    int readerIndex = data.readerIndex();
    int writerIndex = data.writerIndex();
    data.writerIndex(readerIndex + length);
    decode(data);
    data.setIndex(readerIndex, writerIndex);
  }

  private void settings(FrameReader frame, ByteBuf data, int length) {
    for (int i = 0; i < length; i++) {
      setting = setting << 8 | data.getUnsignedByte(data.readerIndex() + i);
      settingFilled++;
      if (settingFilled == Frame.SETTING_LENGTH) {
        settingFilled = 0;
        if ((setting >>> 32 & 0xffff) == Frame.HEADER_TABLE_SIZE && !frame.has(Frame.ACK)) {
          connection.other(direction).allowTableSize(setting & 0xffff_ffffL);
        }
      }
    }
  }

  @Override
  public void bodyLost(FrameReader frame, long length, Outcome cause) {
    if (block.isOpen()) {
      block.damage(cause);
    } else if (stream != null) {
      stream.addGap(length);
      stream.message(direction).addLostContent(length);
    } else if (frame.type() == Frame.SETTINGS) {
      settingFilled = 0;
    }
  }

  @Override
  public void padding(PacketStamp stamp) {
    if (stream != null) {
      stream.message(direction).touch(stamp);
    } else if (block.isOpen()) {
      block.touch(stamp);
    }
  }

  @Override
  public void end(FrameReader frame) {
    switch (frame.type()) {
      case Frame.DATA -> {
        if (stream != null && frame.has(Frame.END_STREAM)) {
          connection.endMessage(stream, direction);
        }
        stream = null;
      }
      case Frame.HEADERS, Frame.PUSH_PROMISE, Frame.CONTINUATION -> {
        if (block.isOpen() && frame.has(Frame.END_HEADERS)) {
          endBlock();
        }
      }
      default -> {}
    }
  }

  private void decode(ByteBuf bytes) {
    decoded = true;
    if (hpack.decode(bytes) == HpackReader.Result.INVALID) {
      block.damage(Outcome.PARSE_ERROR);
    }
  }

  private void endBlock() {
    if (!decoded) {
      if (block.damage() == Outcome.COMPLETE) {
        decode(block.bytes());
      } else {
        hpack.decodePart(block.bytes(), block.damage());
      }
    }
    decoded = false;
    if (block.damage() == Outcome.PARSE_ERROR) {
      connection.countParseError();
    }
    connection.block(this, direction, block, shared.fields(direction));
    block.close();
  }

  private void loseBlock() {
    block.damage(Outcome.PARSE_ERROR);
    endBlock();
  }

  @Override
  public void lost(long length, Outcome cause) {
    if (block.isOpen()) {
      block.damage(cause);
      endBlock();
    }
    stream = null;
    hpack.lose(cause);
    connection.lost(direction, length, cause);
  }

  @Override
  public void malformed() {
    if (block.isOpen()) {
      loseBlock();
    }
    if (lossy()) {
      // What looked like a frame was none.
      lost(0, loss());
    } else {
      connection.malformed(direction);
    }
  }

  @Override
  public boolean isBoundary(ByteBuf data) {
    return FrameProbe.findsFrames(data) || connection.findsDataOf(data);
  }

  @Override
  public void searched(int length) {
    connection.searched(length);
  }
}
