// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.wirespan.protocol.Detail;
import io.wirespan.protocol.Headers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Takes the fields of a header block from the HPACK decoder as they are decoded and keeps the few
 * that matter. One instance serves all connections; what it holds is of the last block.
 */
final class BlockFields {
  /** Name of fields that stand in for those that are not known; no real name can be this. */
  static final byte UNKNOWN_NAME = '?';

  private enum Role {
    KEPT,
    HOST,
    CONTENT_TYPE,
    GRPC_STATUS,
    GRPC_TIMEOUT
  }

  private record Entry(AsciiString name, Role role, boolean kept) {}

  private static final Entry[] NO_ENTRIES = {};
  private static final String[] METHODS = {"GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS"};
  private static final AsciiString METHOD = AsciiString.cached(":method");
  private static final AsciiString PATH = AsciiString.cached(":path");
  private static final AsciiString SCHEME = AsciiString.cached(":scheme");
  private static final AsciiString AUTHORITY = AsciiString.cached(":authority");
  private static final AsciiString PROTOCOL = AsciiString.cached(":protocol");
  private static final AsciiString WEBSOCKET = AsciiString.cached("websocket");
  private static final AsciiString STATUS = AsciiString.cached(":status");
  private static final String COOKIE = "cookie";
  private static final String GRPC = "application/grpc";

  private final Http2Headers sink = new Sink();
  private final Entry[][] byLength;
  private final List<Headers.Field> kept = new ArrayList<>();

  private String method = "";
  private String path = "";
  private String authority = "";
  private String host = "";
  private int status;
  private boolean requestFields;
  private boolean statusField;
  private boolean webSocket;
  private boolean grpc;
  private int grpcStatus = Detail.UNKNOWN;
  private long grpcTimeoutNanos = Detail.UNKNOWN;
  private int unknown;
  private int keptLength;

  /**
   * @param keep names, in lower case, of the fields to keep
   */
  BlockFields(Set<String> keep) {
    int longest = "grpc-timeout".length();
    for (String name : keep) {
      longest = Math.max(longest, name.length());
    }
    byLength = new Entry[longest + 1][];
    Arrays.fill(byLength, NO_ENTRIES);
    add("host", Role.HOST, keep);
    add("content-type", Role.CONTENT_TYPE, keep);
    add("grpc-status", Role.GRPC_STATUS, keep);
    add("grpc-timeout", Role.GRPC_TIMEOUT, keep);
    for (String name : keep) {
      add(name, Role.KEPT, keep);
    }
  }

  private void add(String name, Role role, Set<String> keep) {
    Entry[] entries = byLength[name.length()];
    for (Entry entry : entries) {
      if (entry.name().contentEquals(name)) {
        return;
      }
    }
    Entry[] more = Arrays.copyOf(entries, entries.length + 1);
    more[entries.length] = new Entry(AsciiString.cached(name), role, keep.contains(name));
    byLength[name.length()] = more;
  }

  void reset() {
    kept.clear();
    keptLength = 0;
    method = "";
    path = "";
    authority = "";
    host = "";
    status = 0;
    requestFields = false;
    statusField = false;
    webSocket = false;
    grpc = false;
    grpcStatus = Detail.UNKNOWN;
    grpcTimeoutNanos = Detail.UNKNOWN;
    unknown = 0;
  }

  /** These fields as the HPACK decoder wants to see them. */
  Http2Headers sink() {
    return sink;
  }

  private final class Sink extends DefaultHttp2Headers {
    Sink() {
      super(false);
    }

    /** What the decoder calls for each field. */
    @Override
    public Http2Headers add(CharSequence name, CharSequence value) {
      BlockFields.this.add(name, value);
      return this;
    }

    /** The decoder asks how many there were. */
    @Override
    public int size() {
      return 0;
    }
  }

  private void add(CharSequence name, CharSequence value) {
    int length = name.length();
    if (length == 0) {
      return;
    }
    char first = name.charAt(0);
    if (first == ':') {
      pseudo(name, value);
    } else if (first == UNKNOWN_NAME && length == 1) {
      unknown++;
    } else if (length < byLength.length) {
      for (Entry entry : byLength[length]) {
        if (entry.name().contentEquals(name)) {
          take(entry, value);
          return;
        }
      }
    }
  }

  private void pseudo(CharSequence name, CharSequence value) {
    if (STATUS.contentEquals(name)) {
      statusField = true;
      status = status == 0 ? statusOf(value) : status;
      return;
    }
    if (METHOD.contentEquals(name)) {
      method = method.isEmpty() ? methodOf(value) : method;
    } else if (PATH.contentEquals(name)) {
      path = path.isEmpty() ? text(value) : path;
    } else if (AUTHORITY.contentEquals(name)) {
      authority = authority.isEmpty() ? text(value) : authority;
    } else if (PROTOCOL.contentEquals(name)) {
      webSocket = WEBSOCKET.contentEqualsIgnoreCase(value);
    } else if (!SCHEME.contentEquals(name)) {
      return;
    }
    requestFields = true;
  }

  private void take(Entry entry, CharSequence value) {
    switch (entry.role()) {
      case KEPT -> {}
      case HOST -> host = host.isEmpty() ? text(value) : host;
      case CONTENT_TYPE ->
          grpc |= AsciiString.regionMatches(value, true, 0, GRPC, 0, GRPC.length());
      case GRPC_STATUS -> grpcStatus = numberOf(value);
      case GRPC_TIMEOUT -> grpcTimeoutNanos = GrpcCall.timeoutNanos(value);
    }
    if (entry.kept()) {
      keep(entry.name().toString(), text(value));
    }
  }

  private void keep(String name, String value) {
    keptLength += name.length() + value.length();
    if (name.equals(COOKIE)) {
      // RFC 9113, section 8.2.3: its pieces are put together again.
      for (int i = 0; i < kept.size(); i++) {
        if (kept.get(i).name().equals(COOKIE)) {
          kept.set(i, new Headers.Field(COOKIE, kept.get(i).value() + "; " + value));
          return;
        }
      }
    }
    kept.add(new Headers.Field(name, value));
  }

  private static String methodOf(CharSequence value) {
    for (String method : METHODS) {
      if (AsciiString.contentEquals(method, value)) {
        return method;
      }
    }
    return text(value);
  }

  /** As UTF-8 or, if it is not that, as ISO 8859-1. A field of the table is converted once. */
  private static String text(CharSequence value) {
    String text = value.toString();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        String decoded = new String(text.getBytes(ISO_8859_1), UTF_8);
        return decoded.indexOf('\ufffd') < 0 ? decoded : text;
      }
    }
    return text;
  }

  private static int statusOf(CharSequence value) {
    int number = value.length() == 3 ? numberOf(value) : 0;
    return number >= 100 ? number : 0;
  }

  private static int numberOf(CharSequence value) {
    int number = 0;
    for (int i = 0; i < value.length(); i++) {
      int digit = value.charAt(i) - '0';
      if (digit < 0 || digit > 9 || i > 8) {
        return Detail.UNKNOWN;
      }
      number = 10 * number + digit;
    }
    return value.isEmpty() ? Detail.UNKNOWN : number;
  }

  String method() {
    return method;
  }

  /** {@code :path}; of a CONNECT without one, what it connects to (RFC 9113, section 8.5). */
  String target() {
    return path.isEmpty() && method.equals("CONNECT") ? authority : path;
  }

  String authority() {
    return authority.isEmpty() ? host : authority;
  }

  /** 0 if there was none, or none that is a status code. */
  int status() {
    return status;
  }

  /** Whether a field was there that only requests have. */
  boolean hasRequestFields() {
    return requestFields;
  }

  boolean hasStatusField() {
    return statusField;
  }

  /** Whether it is an extended CONNECT that asks for a WebSocket (RFC 8441, section 5). */
  boolean asksForWebSocket() {
    return webSocket && method.equals("CONNECT");
  }

  boolean isGrpc() {
    return grpc;
  }

  int grpcStatus() {
    return grpcStatus;
  }

  long grpcTimeoutNanos() {
    return grpcTimeoutNanos;
  }

  /** Whether there were fields whose names are not known. */
  boolean hasUnknown() {
    return unknown > 0;
  }

  /** The rest of the block could not be read. */
  void markUnknown() {
    unknown++;
  }

  Headers headers() {
    return Headers.of(kept);
  }

  /** Characters of all that an exchange keeps of this block. */
  int keptLength() {
    return keptLength + method.length() + path.length() + authority.length() + host.length();
  }
}
