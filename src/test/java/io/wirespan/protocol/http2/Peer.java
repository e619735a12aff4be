// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersEncoder;

/** One side of an HTTP/2 connection for tests: bytes of frames, with a real dynamic table. */
public final class Peer {
  public static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(ISO_8859_1);
  public static final byte[] SETTINGS = frame(Frame.SETTINGS, 0, 0);
  static final byte[] SETTINGS_ACK = frame(Frame.SETTINGS, Frame.ACK, 0);
  public static final int END = Frame.END_STREAM;
  static final int END_HEADERS = Frame.END_HEADERS;

  private final DefaultHttp2HeadersEncoder encoder =
      new DefaultHttp2HeadersEncoder(Http2HeadersEncoder.NEVER_SENSITIVE);

  static byte[] frame(int type, int flags, int streamId, byte[]... payload) {
    byte[] whole = join(payload);
    ByteBuf frame = Unpooled.buffer().writeMedium(whole.length).writeByte(type).writeByte(flags);
    return ByteBufUtil.getBytes(frame.writeInt(streamId).writeBytes(whole));
  }

  public static byte[] join(byte[]... parts) {
    ByteBuf joined = Unpooled.buffer();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return ByteBufUtil.getBytes(joined);
  }

  static byte[] ints(int... values) {
    ByteBuf bytes = Unpooled.buffer();
    for (int value : values) {
      bytes.writeInt(value);
    }
    return ByteBufUtil.getBytes(bytes);
  }

  public static byte[] data(int streamId, int flags, String content) {
    return data(streamId, flags, content.getBytes(ISO_8859_1));
  }

  public static byte[] data(int streamId, int flags, byte[] content) {
    return frame(Frame.DATA, flags, streamId, content);
  }

  static byte[] reset(int streamId, int code) {
    return frame(Frame.RST_STREAM, 0, streamId, ints(code));
  }

  static byte[] setting(int id, int value) {
    ByteBuf payload = Unpooled.buffer().writeShort(id).writeInt(value);
    return frame(Frame.SETTINGS, 0, 0, ByteBufUtil.getBytes(payload));
  }

  /** A header block of names and values. */
  byte[] block(String... fields) {
    Http2Headers headers = new DefaultHttp2Headers(false);
    for (int i = 0; i < fields.length; i += 2) {
      headers.add(fields[i], fields[i + 1]);
    }
    ByteBuf block = Unpooled.buffer();
    try {
      encoder.encodeHeaders(1, headers, block);
    } catch (Http2Exception e) {
      throw new AssertionError(e);
    }
    return ByteBufUtil.getBytes(block);
  }

  void tableSize(long size) {
    try {
      encoder.maxHeaderTableSize(size);
    } catch (Http2Exception e) {
      throw new AssertionError(e);
    }
  }

  public byte[] headers(int streamId, int flags, String... fields) {
    return frame(Frame.HEADERS, flags | END_HEADERS, streamId, block(fields));
  }

  public byte[] get(int streamId, String path) {
    return headers(streamId, END, request("GET", path));
  }

  byte[] post(int streamId, String path) {
    return headers(streamId, 0, request("POST", path));
  }

  /** Opens a stream for WebSocket (RFC 8441, section 5). */
  byte[] webSocket(int streamId) {
    return headers(
        streamId,
        0,
        ":method",
        "CONNECT",
        ":protocol",
        "websocket",
        ":scheme",
        "http",
        ":path",
        "/chat",
        ":authority",
        "a.example");
  }

  static String[] request(String method, String path) {
    return new String[] {
      ":method", method, ":scheme", "http", ":path", path, ":authority", "a.example"
    };
  }

  public byte[] respond(int streamId, int flags, int status) {
    return headers(streamId, flags, ":status", Integer.toString(status), "server", "test");
  }
}
