// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.opentelemetry.sdk.common.export.HttpResponse;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Locale;

/** Reads the responses of a connection, one after the other (RFC 9112). Blocks. */
final class HttpResponseReader {
  private static final int PROTOCOL_LENGTH = "HTTP/1.1 ".length();
  private static final int BUFFER_BYTES = 4_096;
  private static final int LONGEST_LINE = 16_384;
  private static final int MOST_FIELDS = 256;

  /** A response without its head; {@code reusable} if another request may follow. */
  record Response(int status, byte[] body, boolean reusable) implements HttpResponse {
    @Override
    public int getStatusCode() {
      return status;
    }

    @Override
    public String getStatusMessage() {
      return "";
    }

    @Override
    public byte[] getResponseBody() {
      return body;
    }
  }

  private final ReadableByteChannel from;
  private final long longestBody;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).flip();
  private final StringBuilder line = new StringBuilder();
  private boolean begun;

  // Of the head that was read last.
  private int status;
  private boolean keptAlive;
  private boolean chunked;
  private long length;

  /**
   * @param longestBody bytes of a body that are read; a longer one is an error
   */
  HttpResponseReader(ReadableByteChannel from, long longestBody) {
    this.from = from;
    this.longestBody = longestBody;
  }

  /** Whether anything came of the response that was to be read last. */
  boolean begun() {
    return begun;
  }

  /** Reads a final response; those that come before it (1xx) are passed over. */
  Response read() throws IOException {
    begun = false;
    do {
      readHead();
    } while (status < 200);
    byte[] body = readBody();
    return new Response(status, body, keptAlive);
  }

  private void readHead() throws IOException {
    String start = line();
    keptAlive = start.startsWith("HTTP/1.1 ");
    if (!keptAlive && !start.startsWith("HTTP/1.0 ")) {
      throw new ProtocolException("what answers does not speak HTTP/1");
    }
    String code = start.substring(PROTOCOL_LENGTH).split(" ", 2)[0];
    status = (int) Math.min(number(code, 10), Integer.MAX_VALUE);
    chunked = false;
    length = -1;
    int fields = 0;
    for (String field = line(); !field.isEmpty(); field = line()) {
      if (++fields > MOST_FIELDS) {
        throw new ProtocolException("a response with too many fields");
      }
      take(field);
    }
  }

  private void take(String field) throws ProtocolException {
    int colon = Math.max(0, field.indexOf(':'));
    String value = field.substring(colon + 1).strip().toLowerCase(Locale.ROOT);
    switch (field.substring(0, colon).toLowerCase(Locale.ROOT)) {
      case "content-length" -> length = number(value, 10);
      case "transfer-encoding" -> chunked = value.endsWith("chunked");
      case "connection" -> keptAlive &= !value.contains("close");
      default -> {}
    }
  }

  /** RFC 9112, section 6.3. */
  private byte[] readBody() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream(0);
    if (status == 204 || status == 304) {
      return body.toByteArray();
    }
    if (chunked) {
      readChunks(body);
    } else if (length >= 0) {
      readInto(body, length);
    } else {
      keptAlive = false;
      for (int b = next(); b >= 0; b = next()) {
        checkLength(body.size() + 1L);
        body.write(b);
      }
    }
    return body.toByteArray();
  }

  /** RFC 9112, section 7.1. */
  private void readChunks(ByteArrayOutputStream body) throws IOException {
    for (long size = chunkSize(); size > 0; size = chunkSize()) {
      readInto(body, size);
      line();
    }
    while (!line().isEmpty()) {
      // A trailer says nothing to us.
    }
  }

  private long chunkSize() throws IOException {
    String text = line();
    int extension = text.indexOf(';');
    return number((extension < 0 ? text : text.substring(0, extension)).strip(), 16);
  }

  private static long number(String text, int radix) throws ProtocolException {
    try {
      long number = Long.parseLong(text, radix);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new ProtocolException("a response with no number where there must be one: " + text);
    }
    throw new ProtocolException("a response with a negative number");
  }

  private void readInto(ByteArrayOutputStream body, long count) throws IOException {
    checkLength(body.size() + count);
    for (long i = 0; i < count; i++) {
      body.write(required());
    }
  }

  private void checkLength(long bytes) throws ProtocolException {
    if (bytes > longestBody || bytes < 0) {
      throw new ProtocolException("a response of more than " + longestBody + " bytes");
    }
  }

  /** A line without its end. */
  private String line() throws IOException {
    line.setLength(0);
    for (int b = required(); b != '\n'; b = required()) {
      if (line.length() >= LONGEST_LINE) {
        throw new ProtocolException("a response with a line of more than " + LONGEST_LINE);
      }
      line.append((char) b);
    }
    int end = line.length();
    return line.substring(0, end > 0 && line.charAt(end - 1) == '\r' ? end - 1 : end);
  }

  private int required() throws IOException {
    int b = next();
    if (b < 0) {
      throw new EOFException("the collector closed the connection");
    }
    return b;
  }

  /** -1 at the end. */
  private int next() throws IOException {
    if (!buffer.hasRemaining()) {
      buffer.clear();
      int count = from.read(buffer);
      buffer.flip();
      if (count <= 0) {
        buffer.limit(0);
        return -1;
      }
      begun = true;
    }
    return buffer.get() & 0xff;
  }
}
