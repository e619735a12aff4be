// SPDX-License-Identifier: Apache-2.0
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * A connection of HTTP/2 with prior knowledge (RFC 9113, section 3.3), which the JDK's server does
 * not speak. Each request is answered by a thread of its own, so that streams overtake one another.
 *
 * <p>It does what {@link Http2Calls} needs, and no more: it fails on frames that this client does
 * not send, and all bodies together are smaller than the first window, so there is no flow control.
 */
final class Http2Server {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NOTHING = {};
  private static final int MAX_PAYLOAD = 16_384;
  private static final int SLOW_MILLIS = 300;
  private static final String GRPC = "application/grpc";
  private static final String GRPC_NOT_FOUND = "5";
  private static final byte[] PLACED = GrpcMessage.of("order 4711");

  // Types of frames and their flags: RFC 9113, section 6.
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int SETTINGS = 4;
  private static final int GOAWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int ACK = 0x1;
  private static final int END_STREAM = 0x1;
  private static final int END_HEADERS = 0x4;

  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();
  private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
  private final Map<Integer, Http2Headers> requests = new HashMap<>();
  private final DataInputStream in;
  private final OutputStream out;

  private Http2Server(Socket connection) throws IOException {
    in = new DataInputStream(new BufferedInputStream(connection.getInputStream()));
    out = connection.getOutputStream();
  }

  /** Serves until the client closes. */
  static void serve(Socket connection) {
    try (connection) {
      connection.setTcpNoDelay(true);
      new Http2Server(connection).serve();
    } catch (EOFException e) {
      // The client has closed.
    } catch (IOException | Http2Exception e) {
      throw new IllegalStateException("HTTP/2 from " + connection, e);
    }
  }

  private void serve() throws IOException, Http2Exception {
    if (!ByteBuffer.wrap(in.readNBytes(PREFACE.length)).equals(ByteBuffer.wrap(PREFACE))) {
      throw new IOException("no HTTP/2 preface");
    }
    write(SETTINGS, 0, 0, NOTHING);
    while (true) {
      int lengthAndType = in.readInt();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      int length = lengthAndType >>> 8;
      if (length > MAX_PAYLOAD) {
        throw new IOException("frame too long: length=" + length);
      }
      byte[] payload = new byte[length];
      in.readFully(payload);
      accept(lengthAndType & 0xff, flags, stream, payload);
    }
  }

  private void accept(int type, int flags, int stream, byte[] payload)
      throws IOException, Http2Exception {
    switch (type) {
      case SETTINGS -> {
        if ((flags & ACK) == 0) {
          write(SETTINGS, ACK, 0, NOTHING);
        }
      }
      case HEADERS -> {
        if ((flags & ~END_STREAM) != END_HEADERS) {
          throw new IOException("block in parts, padding or priority: flags=" + flags);
        }
        requests.put(stream, decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(payload)));
        answerIfEnded(stream, flags);
      }
      case DATA -> answerIfEnded(stream, flags);
      case WINDOW_UPDATE, GOAWAY -> {}
      default -> throw new IOException("unexpected frame: type=" + type);
    }
  }

  private void answerIfEnded(int stream, int flags) {
    if ((flags & END_STREAM) != 0) {
      Http2Headers request = requests.remove(stream);
      Thread.startVirtualThread(() -> answer(stream, request));
    }
  }

  private void answer(int stream, Http2Headers request) {
    String path = request.path().toString();
    try {
      switch (path) {
        case "/demo.Orders/Place" -> answerCall(stream, PLACED, "0");
        case "/demo.Orders/Cancel" -> answerCall(stream, NOTHING, GRPC_NOT_FOUND);
        case "/items/slow" -> {
          Thread.sleep(SLOW_MILLIS);
          answer(stream, "200", "at last\n");
        }
        default -> answer(stream, path.startsWith("/items/") ? "200" : "404", path + "\n");
      }
    } catch (IOException | Http2Exception e) {
      throw new IllegalStateException("answering " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void answer(int stream, String status, String body) throws IOException, Http2Exception {
    writeHeaders(stream, 0, new DefaultHttp2Headers().status(status));
    write(DATA, END_STREAM, stream, body.getBytes(StandardCharsets.UTF_8));
  }

  /** The answer of a gRPC call: a message, if any, and the status in trailers. */
  private void answerCall(int stream, byte[] message, String status)
      throws IOException, Http2Exception {
    writeHeaders(stream, 0, new DefaultHttp2Headers().status("200").set("content-type", GRPC));
    if (message.length > 0) {
      write(DATA, 0, stream, message);
    }
    writeHeaders(stream, END_STREAM, new DefaultHttp2Headers().set("grpc-status", status));
  }

  /** The lock is that of {@link #write}: blocks must leave in the order of their encoding. */
  private synchronized void writeHeaders(int stream, int flags, Http2Headers headers)
      throws IOException, Http2Exception {
    ByteBuf block = Unpooled.buffer();
    encoder.encodeHeaders(stream, headers, block);
    write(HEADERS, flags | END_HEADERS, stream, ByteBufUtil.getBytes(block));
  }

  private synchronized void write(int type, int flags, int stream, byte[] payload)
      throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
    frame.putInt(payload.length << 8 | type).put((byte) flags).putInt(stream).put(payload);
    out.write(frame.array());
  }
}
