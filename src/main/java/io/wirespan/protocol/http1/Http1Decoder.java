// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import io.netty.buffer.ByteBuf;
import io.wirespan.protocol.HeldPrefix;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.StartLine;
import io.wirespan.tcp.GapCause;
import io.wirespan.tcp.PacketStamp;

/**
 * Finds the messages in one direction of a connection. What it reports does not depend on where the
 * stream is cut into pieces, except that after an error it looks for a message at the beginning of
 * a piece only.
 *
 * <p>A head that lies in one piece is read from a shared buffer at once; one that is spread over
 * several is collected first. Content is skipped by count.
 */
final class Http1Decoder {
  private enum State {
    /** Between messages. */
    START,
    HEAD,
    /** The content that comes next may have been left out by the client. */
    OPTIONAL_CONTENT,
    CONTENT,
    /** Lost; a message is looked for at the beginning of each piece, and where one is expected. */
    SEARCH,
    CLOSED
  }

  private final Http1Protocol shared;
  private final StartLine.Kind kind;
  private final HeadParser parser;
  private final MessageSink sink;
  private final HeadCollector collector;
  private final Content content = new Content();

  private State state;

  /** The message being read; null in START, SEARCH and CLOSED. */
  private OpenMessage message;

  private HeldPrefix prefix;

  /** Stream offset of reader index 0 of the piece being read. */
  private long base;

  /** Stream offset behind the last byte read or missed. */
  private long position;

  /** Where the receiver's last words tell that a message begins. */
  private long expectedOffset = PacketStamp.UNKNOWN_OFFSET;

  /**
   * @param kind REQUEST or RESPONSE
   * @param atStart whether the first byte is known to be a message's
   */
  Http1Decoder(Http1Protocol shared, StartLine.Kind kind, MessageSink sink, boolean atStart) {
    this.shared = shared;
    this.kind = kind;
    this.parser = kind == StartLine.Kind.REQUEST ? shared.requestHeads() : shared.responseHeads();
    this.sink = sink;
    this.collector = new HeadCollector(shared, parser);
    this.state = atStart ? State.START : State.SEARCH;
  }

  void data(ByteBuf data, long offset, PacketStamp stamp) {
    base = offset - data.readerIndex();
    if (state == State.SEARCH && findsMessage(data, offset)) {
      state = State.START;
    }
    while (data.isReadable() && state != State.CLOSED) {
      switch (state) {
        case START -> start(data, stamp);
        case HEAD -> {
          message.touch(stamp);
          readHead(collector.take(data), data, stamp);
        }
        case OPTIONAL_CONTENT -> optionalContent(data, stamp);
        case CONTENT -> content(data, stamp);
        case SEARCH -> {
          int length = data.readableBytes();
          data.skipBytes(length);
          sink.skipped(length, stamp);
        }
        case CLOSED -> {}
      }
    }
    position = offsetIn(data);
  }

  /** Behind a loss, a piece may begin in the middle of a method: only known ones count there. */
  private boolean findsMessage(ByteBuf data, long offset) {
    return offset == expectedOffset
        ? StartLine.mayBegin(kind, data)
        : (position == 0 ? StartLine.ofSegment(data) : StartLine.ofFragment(data)) == kind;
  }

  /** A message begins here, if the two sides take turns. */
  void expectMessageAt(long offset) {
    expectedOffset = offset;
  }

  /**
   * The client goes on, having received this much. If that is all there is, the response to a
   * request that was not seen is over: that may have been HEAD.
   */
  void endUnrequested(long offset) {
    boolean inContent = message != null && state != State.HEAD;
    if (inContent && offset == position && sink.contentOptional(message)) {
      end(offset);
    }
  }

  private long offsetIn(ByteBuf data) {
    return base + data.readerIndex();
  }

  private void start(ByteBuf data, PacketStamp stamp) {
    // RFC 9112, section 2.2: empty lines before a message do not belong to it.
    byte b = data.getByte(data.readerIndex());
    if (b == '\r' || b == '\n') {
      data.skipBytes(1);
      return;
    }
    message = sink.begin(offsetIn(data), stamp);
    state = State.HEAD;
    readHead(collector.begin(data), data, stamp);
  }

  private void readHead(int end, ByteBuf data, PacketStamp stamp) {
    switch (end) {
      case HeadCollector.INCOMPLETE -> {}
      case HeadCollector.INVALID -> garbage();
      case HeadCollector.TOO_LONG -> damageHead(Outcome.PARSE_ERROR);
      case HeadCollector.REFUSED -> {
        shared.counters().countHeadBufferRefusal();
        damageHead(Outcome.EVICTED);
      }
      default -> endHead(end, data, stamp);
    }
  }

  private void endHead(int length, ByteBuf data, PacketStamp stamp) {
    message.addHeaderBytes(length);
    message.touch(stamp);
    collector.release();
    FieldSection fields = parser.fields();
    long contentLength = fields.contentLength();
    boolean optional = kind == StartLine.Kind.RESPONSE || fields.expectContinue();
    BodyFraming framing = sink.head(message, parser);
    if (state == State.CLOSED) {
      return;
    }
    switch (framing) {
      case NONE -> end(offsetIn(data));
      case INTERIM -> {
        message = null;
        state = State.START;
      }
      case LENGTH, CHUNKED, UNTIL_CLOSE -> {
        content.begin(framing, contentLength);
        state = optional ? State.OPTIONAL_CONTENT : State.CONTENT;
      }
      case TUNNEL -> {
        OpenMessage last = message;
        last.end(offsetIn(data));
        stop();
        sink.tunnel(last);
      }
      case INVALID -> damage(Outcome.PARSE_ERROR);
    }
  }

  private void optionalContent(ByteBuf data, PacketStamp stamp) {
    if ((prefix == null || prefix.isEmpty()) && !sink.contentOptional(message)) {
      state = State.CONTENT;
    } else if (kind == StartLine.Kind.REQUEST) {
      contentOrRequest(data, stamp);
    } else if (StartLine.ofSegment(data) == kind) {
      // The request, which was not seen, must have been HEAD.
      end(offsetIn(data));
    } else {
      state = State.CONTENT;
    }
  }

  /**
   * RFC 9110, section 10.1.1: a client that has received a final response instead of 100 may send
   * the content or go on with the next request.
   */
  private void contentOrRequest(ByteBuf data, PacketStamp stamp) {
    if (prefix == null) {
      prefix = new HeldPrefix();
    }
    prefix.take(data, offsetIn(data), stamp);
    StartLine.Kind next = StartLine.ofContentOrRequest(prefix.bytes());
    boolean enough = content.end(0) <= prefix.bytes().readableBytes();
    if (next == StartLine.Kind.UNDECIDED && !enough) {
      return;
    }
    prefix.giveBack(data);
    if (next == StartLine.Kind.REQUEST) {
      end(prefix.isEmpty() ? offsetIn(data) : prefix.offset());
    } else {
      state = State.CONTENT;
    }
    readPrefix();
  }

  private void readPrefix() {
    if (prefix != null && !prefix.isEmpty()) {
      long outerBase = base;
      data(prefix.bytes(), prefix.offset(), prefix.stamp());
      prefix.clear();
      base = outerBase;
    }
  }

  private void content(ByteBuf data, PacketStamp stamp) {
    message.touch(stamp);
    content.read(data, message);
    if (content.done()) {
      end(offsetIn(data));
    } else if (content.invalid()) {
      damage(Outcome.PARSE_ERROR);
    } else {
      sink.skippable(content.certainUntil(offsetIn(data)), !content.endsAtClose());
    }
  }

  /**
   * Bytes that were not delivered because they are content.
   *
   * @return false if they are not, or not all of them
   */
  boolean skipped(long offset, long length, PacketStamp stamp) {
    takePrefixAsContent();
    if (state != State.CONTENT || content.certainUntil(offset) - offset < length) {
      return false;
    }
    position = offset + length;
    message.touch(stamp);
    message.addBodyBytes(content.skip(length));
    if (content.done()) {
      end(position);
    }
    return true;
  }

  /** Bytes that will never come. */
  void gap(long offset, long length, GapCause cause, PacketStamp stamp) {
    takePrefixAsContent();
    position = offset + length;
    Outcome outcome = cause == GapCause.LOST ? Outcome.GAP : Outcome.TRUNCATED;
    if (message != null && cause == GapCause.TRUNCATED) {
      // Its packet was there. Lost bytes are shown by a packet that may be much later than they.
      message.touch(stamp);
    }
    switch (state) {
      case START, SEARCH -> lose(outcome);
      case HEAD -> {
        message.exchange().addGap(length);
        damageHead(outcome);
      }
      case CONTENT -> loseContent(offset, length, outcome);
      case OPTIONAL_CONTENT -> throw new IllegalStateException("offset=" + offset);
      case CLOSED -> {}
    }
  }

  private void lose(Outcome cause) {
    state = State.SEARCH;
    sink.lost(cause);
  }

  private void loseContent(long offset, long length, Outcome outcome) {
    long lost = content.skip(length);
    if (lost < 0) {
      message.exchange().addGap(length);
      damage(outcome);
      return;
    }
    message.addBodyBytes(lost);
    message.exchange().addGap(lost);
    if (content.done()) {
      end(offset + lost);
    }
    if (lost < length && state == State.START) {
      lose(outcome);
    }
  }

  /** The sender's FIN. */
  void end() {
    switch (state) {
      case HEAD -> damageHead(Outcome.ABORTED);
      case OPTIONAL_CONTENT, CONTENT -> {
        boolean optional = state == State.OPTIONAL_CONTENT && sink.contentOptional(message);
        if (optional || content.endsAtClose()) {
          end(position);
        } else {
          damage(Outcome.ABORTED);
        }
      }
      case START, SEARCH, CLOSED -> {}
    }
    state = State.CLOSED;
  }

  /** No more will come; what is known of a head that is not whole is told. */
  void close() {
    takePrefixAsContent();
    if (state == State.HEAD) {
      tellPartOfHead();
    }
    stop();
  }

  /** Reads no more. */
  void stop() {
    collector.release();
    message = null;
    state = State.CLOSED;
  }

  private void takePrefixAsContent() {
    if (state == State.OPTIONAL_CONTENT) {
      state = State.CONTENT;
      readPrefix();
    }
  }

  private void end(long offset) {
    OpenMessage whole = message;
    message = null;
    state = State.START;
    whole.end(offset);
    sink.end(whole);
  }

  private void damageHead(Outcome cause) {
    tellPartOfHead();
    collector.release();
    damage(cause);
  }

  private void tellPartOfHead() {
    message.addHeaderBytes(collector.length());
    if (collector.parsePart()) {
      sink.partOfHead(message, parser);
    }
  }

  private void damage(Outcome cause) {
    OpenMessage damaged = message;
    message = null;
    state = State.SEARCH;
    damaged.damage();
    sink.damaged(damaged, cause);
  }

  private void garbage() {
    OpenMessage wrong = message;
    message = null;
    state = State.SEARCH;
    collector.release();
    sink.garbage(wrong);
  }

  /**
   * Whether a byte that has not been read yet belongs to the message being read, as far as known.
   */
  boolean mayBelongToMessage(long offset) {
    return message != null && (state != State.CONTENT || offset < content.end(position));
  }

  long position() {
    return position;
  }
}
