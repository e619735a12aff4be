// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import io.wirespan.protocol.Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads the fields of a head (RFC 9112, section 5) and what they say of the message's framing. A
 * line without a colon is skipped, and blanks before the colon are tolerated.
 */
final class FieldSection {
  /** {@link #contentLength()}: no such field. */
  static final long ABSENT = -1;

  /** {@link #contentLength()}: not a number, or several that differ. */
  static final long INVALID_LENGTH = -2;

  private final FieldTable table;
  private final TextCache texts;
  private final List<Headers.Field> kept = new ArrayList<>();

  private String host = "";
  private boolean hostSeen;
  private long contentLength = ABSENT;
  private boolean coded;
  private boolean chunked;
  private boolean expectContinue;
  private boolean upgradeToHttp2;
  private boolean upgradeToWebSocket;

  FieldSection(Set<String> keep, TextCache texts) {
    this.table = new FieldTable(keep);
    this.texts = texts;
  }

  void reset() {
    kept.clear();
    host = "";
    hostSeen = false;
    contentLength = ABSENT;
    coded = false;
    chunked = false;
    expectContinue = false;
    upgradeToHttp2 = false;
    upgradeToWebSocket = false;
  }

  /**
   * Reads fields up to the empty line that ends them.
   *
   * @return index after that line, or {@link HeadParser#INCOMPLETE}
   */
  int parse(byte[] bytes, int start, int length) {
    return parse(bytes, start, length, false);
  }

  /** Reads the whole lines of a section that will not become whole. */
  void parsePart(byte[] bytes, int start, int length) {
    parse(bytes, start, length, true);
  }

  private int parse(byte[] bytes, int start, int length, boolean part) {
    int from = start;
    while (true) {
      int lineFeed = Bytes.indexOfLineFeed(bytes, from, length);
      if (lineFeed < 0) {
        return HeadParser.INCOMPLETE;
      }
      int end = Bytes.lineEnd(bytes, from, lineFeed);
      if (end == from) {
        return lineFeed + 1;
      }
      while (lineFeed + 1 < length && Bytes.isBlank(bytes[lineFeed + 1])) {
        int next = Bytes.indexOfLineFeed(bytes, lineFeed + 1, length);
        if (next < 0) {
          return HeadParser.INCOMPLETE;
        }
        for (int i = end; i <= lineFeed; i++) {
          bytes[i] = ' ';
        }
        lineFeed = next;
        end = Bytes.lineEnd(bytes, from, lineFeed);
      }
      if (lineFeed + 1 == length && !part) {
        // The next line, which may continue this one, has not come.
        return HeadParser.INCOMPLETE;
      }
      // RFC 9112, section 2.2: a line that begins blank behind the start line is skipped.
      FieldTable.Entry entry = table.find(bytes, from, end);
      if (entry != null) {
        field(entry, bytes, from + entry.length(), end);
      }
      from = lineFeed + 1;
    }
  }

  /** Takes the value behind a name that ends at {@code nameEnd}. */
  private void field(FieldTable.Entry entry, byte[] bytes, int nameEnd, int end) {
    int colon = Bytes.skipBlanks(bytes, nameEnd, end);
    int start = Bytes.skipBlanks(bytes, colon + 1, end);
    int stop = Bytes.trimBlanks(bytes, start, end);
    switch (entry.role()) {
      case NONE -> {}
      case HOST -> {
        if (!hostSeen) {
          hostSeen = true;
          host = texts.text(bytes, start, stop);
        }
      }
      case CONTENT_LENGTH -> lengths(bytes, start, stop);
      case TRANSFER_ENCODING -> codings(bytes, start, stop);
      case UPGRADE -> {
        upgradeToHttp2 |= Bytes.equalIgnoringCase(bytes, start, stop, "h2c");
        upgradeToWebSocket |= Bytes.equalIgnoringCase(bytes, start, stop, "websocket");
      }
      case EXPECT -> expectContinue |= Bytes.equalIgnoringCase(bytes, start, stop, "100-continue");
    }
    if (entry.kept()) {
      kept.add(new Headers.Field(entry.name(), texts.text(bytes, start, stop)));
    }
  }

  /** RFC 9112, section 6.3: a list of equal lengths counts as one of them. */
  private void lengths(byte[] bytes, int from, int to) {
    int start = from;
    while (start <= to) {
      int comma = indexOfComma(bytes, start, to);
      long length =
          number(
              bytes, Bytes.skipBlanks(bytes, start, comma), Bytes.trimBlanks(bytes, start, comma));
      contentLength = contentLength == ABSENT || contentLength == length ? length : INVALID_LENGTH;
      start = comma + 1;
    }
  }

  private static long number(byte[] bytes, int from, int to) {
    // 18 digits and leading zeros always fit; more than an exabyte is not a length.
    int start = from;
    while (start < to - 1 && bytes[start] == '0') {
      start++;
    }
    if (from >= to || to - start > 18) {
      return INVALID_LENGTH;
    }
    long number = 0;
    for (int i = start; i < to; i++) {
      if (!Bytes.isDigit(bytes[i])) {
        return INVALID_LENGTH;
      }
      number = 10 * number + bytes[i] - '0';
    }
    return number;
  }

  /** Whether the message is coded, and chunked at last. "identity" means neither (RFC 2616). */
  private void codings(byte[] bytes, int from, int to) {
    int start = from;
    while (start <= to) {
      int comma = indexOfComma(bytes, start, to);
      int first = Bytes.skipBlanks(bytes, start, comma);
      int last = Bytes.trimBlanks(bytes, first, comma);
      if (last > first && !Bytes.equalIgnoringCase(bytes, first, last, "identity")) {
        coded = true;
        chunked = Bytes.equalIgnoringCase(bytes, first, last, "chunked");
      }
      start = comma + 1;
    }
  }

  private static int indexOfComma(byte[] bytes, int from, int to) {
    int index = from;
    while (index < to && bytes[index] != ',') {
      index++;
    }
    return index;
  }

  /** Value of the first Host field; empty if there is none. */
  String host() {
    return host;
  }

  boolean hostSeen() {
    return hostSeen;
  }

  Headers headers() {
    return Headers.of(kept);
  }

  long contentLength() {
    return contentLength;
  }

  /** Whether a transfer coding was applied. */
  boolean coded() {
    return coded;
  }

  /** Whether the last transfer coding is chunked, so that the end can be found. */
  boolean chunked() {
    return chunked;
  }

  boolean expectContinue() {
    return expectContinue;
  }

  boolean upgradeToHttp2() {
    return upgradeToHttp2;
  }

  boolean upgradeToWebSocket() {
    return upgradeToWebSocket;
  }
}
