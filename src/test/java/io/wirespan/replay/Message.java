// SPDX-License-Identifier: Apache-2.0
package io.wirespan.replay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Random;

/** A random HTTP/1.1 message as it goes over the wire. */
record Message(byte[] bytes, int bodyBytes) {
  private static final int MAX_BODY = 6000;

  /** Whether the message has content, and what tells its length. */
  enum Body {
    NONE,
    /** A length, and no content, as in a response to HEAD. */
    ANNOUNCED,
    LENGTH,
    CHUNKED,
    UNTIL_CLOSE
  }

  /** A message with fields of random length and, as {@code body} says, content. */
  static Message random(Random random, String startLine, Body body) {
    StringBuilder text = new StringBuilder(startLine).append("\r\nHost: example.com\r\n");
    for (int i = random.nextInt(4); i > 0; i--) {
      text.append("X-Filler: ").append("f".repeat(random.nextInt(400))).append("\r\n");
    }
    boolean empty = body == Body.NONE || body == Body.ANNOUNCED;
    int length = empty ? 0 : random.nextInt(MAX_BODY);
    byte[] content = new byte[length];
    random.nextBytes(content);
    switch (body) {
      case ANNOUNCED -> text.append("Content-Length: 777\r\n\r\n");
      case NONE -> text.append("\r\n");
      case LENGTH -> text.append("Content-Length: ").append(length).append("\r\n\r\n");
      case UNTIL_CLOSE -> text.append("Connection: close\r\n\r\n");
      case CHUNKED -> text.append("Transfer-Encoding: chunked\r\n\r\n");
    }
    if (body == Body.CHUNKED) {
      appendChunks(random, text, new String(content, ISO_8859_1));
    } else {
      text.append(new String(content, ISO_8859_1));
    }
    return new Message(text.toString().getBytes(ISO_8859_1), length);
  }

  private static void appendChunks(Random random, StringBuilder text, String content) {
    int from = 0;
    while (from < content.length()) {
      int until = from + 1 + random.nextInt(content.length() - from);
      text.append(Integer.toHexString(until - from)).append(random.nextBoolean() ? ";e=1" : "");
      text.append("\r\n").append(content, from, until).append("\r\n");
      from = until;
    }
    text.append("0\r\n").append(random.nextBoolean() ? "Trailer: 1\r\n" : "").append("\r\n");
  }
}
