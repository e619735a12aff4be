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
    LENGTH_CONTENT,
    CHUNKED_CONTENT,
    CONTENT_UNTIL_CLOSE,
    /** Lost; a message is looked for at the beginning of each piece, and where one is expected. */
    SEARCH,
    CLOSED
  }

  private final Http1Protocol shared;
  private final StartLine.Kind kind;
  private final HeadParser parser;
  private final MessageSink sink;
  private final HeadCollector collector;
  private final ChunkedBody chunks = new ChunkedBody();

  private State state;

  /** The state behind {@link State#OPTIONAL_CONTENT}. */
  private State contentState = State.START;

  /** The message being read; null in START, SEARCH and CLOSED. */
  private OpenMessage message;

  private HeldPrefix prefix;
  private long remaining;

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
        case LENGTH_CONTENT -> lengthContent(data, stamp);
        case CHUNKED_CONTENT -> chunkedContent(data, stamp);
        case CONTENT_UNTIL_CLOSE -> {
          message.touch(stamp);
          message.addBodyBytes(skip(data, Long.MAX_VALUE));
        }
        case SEARCH -> sink.skipped(skip(data, Long.MAX_VALUE), stamp);
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

  private static int skip(ByteBuf data, long most) {
    int length = (int) Math.min(most, data.readableBytes());
    data.skipBytes(length);
    return length;
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
    remaining = fields.contentLength();
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
      case LENGTH -> beginContent(State.LENGTH_CONTENT, optional);
      case CHUNKED -> {
        chunks.begin();
        beginContent(State.CHUNKED_CONTENT, optional);
      }
      case UNTIL_CLOSE -> beginContent(State.CONTENT_UNTIL_CLOSE, optional);
      case TUNNEL -> {
        OpenMessage last = message;
        last.end(offsetIn(data));
        stop();
        sink.tunnel(last);
      }
      case INVALID -> damage(Outcome.PARSE_ERROR);
    }
  }

  private void beginContent(State content, boolean optional) {
    contentState = content;
    state = optional ? State.OPTIONAL_CONTENT : content;
  }

  private void optionalContent(ByteBuf data, PacketStamp stamp) {
    if ((prefix == null || prefix.isEmpty()) && !sink.contentOptional(message)) {
      state = contentState;
    } else if (kind == StartLine.Kind.REQUEST) {
      contentOrRequest(data, stamp);
    } else if (StartLine.ofSegment(data) == kind) {
      // The request, which was not seen, must have been HEAD.
      end(offsetIn(data));
    } else {
      state = contentState;
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
    boolean enough =
        contentState == State.LENGTH_CONTENT && prefix.bytes().readableBytes() >= remaining;
    if (next == StartLine.Kind.UNDECIDED && !enough) {
      return;
    }
    prefix.giveBack(data);
    if (next == StartLine.Kind.REQUEST) {
      end(prefix.isEmpty() ? offsetIn(data) : prefix.offset());
    } else {
      state = contentState;
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

  private void lengthContent(ByteBuf data, PacketStamp stamp) {
    int length = skip(data, remaining);
    remaining -= length;
    message.touch(stamp);
    message.addBodyBytes(length);
    if (remaining == 0) {
      end(offsetIn(data));
    }
  }

  private void chunkedContent(ByteBuf data, PacketStamp stamp) {
    message.touch(stamp);
    chunks.read(data, message);
    if (chunks.done()) {
      end(offsetIn(data));
    } else if (chunks.invalid()) {
      damage(Outcome.PARSE_ERROR);
    }
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
      case LENGTH_CONTENT -> {
        long skipped = Math.min(remaining, length);
        remaining -= skipped;
        skipContent(skipped);
        if (remaining == 0) {
          end(offset + skipped);
        }
        if (skipped < length && state == State.START) {
          lose(outcome);
        }
      }
      case CHUNKED_CONTENT -> {
        message.exchange().addGap(length);
        if (chunks.skip(length)) {
          message.addBodyBytes(length);
        } else {
          damage(outcome);
        }
      }
      case CONTENT_UNTIL_CLOSE -> skipContent(length);
      case OPTIONAL_CONTENT -> throw new IllegalStateException("offset=" + offset);
      case CLOSED -> {}
    }
  }

  private void lose(Outcome cause) {
    state = State.SEARCH;
    sink.lost(cause);
  }

  private void skipContent(long length) {
    message.addBodyBytes(length);
    message.exchange().addGap(length);
  }

  /** The sender's FIN. */
  void end() {
    switch (state) {
      case CONTENT_UNTIL_CLOSE -> end(position);
      case HEAD -> damageHead(Outcome.ABORTED);
      case OPTIONAL_CONTENT -> {
        if (sink.contentOptional(message) || contentState == State.CONTENT_UNTIL_CLOSE) {
          end(position);
        } else {
          damage(Outcome.ABORTED);
        }
      }
      case LENGTH_CONTENT, CHUNKED_CONTENT -> damage(Outcome.ABORTED);
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
      state = contentState;
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
    return message != null && (state != State.LENGTH_CONTENT || offset < position + remaining);
  }

  long position() {
    return position;
  }
}
