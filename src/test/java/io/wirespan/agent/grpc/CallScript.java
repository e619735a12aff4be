// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent.grpc;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * A gRPC call as client and server are told to play it. A server that streams both ways answers
 * each message with one; any other answers when the client has said everything.
 *
 * @param path {@code service/method}
 * @param bytes length of each message
 * @param beforeMillis the server's wait before its response headers
 * @param afterMillis its wait between its last message and its trailers
 */
public record CallScript(
    String path,
    MethodType type,
    int requests,
    int responses,
    int bytes,
    Status.Code status,
    long beforeMillis,
    long afterMillis,
    End end) {
  /** A service that the server does not have. */
  public static final String ABSENT_SERVICE = "wirespan.Absent";

  static final Metadata.Key<String> HEADER =
      Metadata.Key.of("x-script", Metadata.ASCII_STRING_MARSHALLER);

  /** Who ends the call. */
  public enum End {
    SERVER,
    /** The client, when it has got every response. */
    CLIENT,
    /** Its deadline of {@link GrpcClient#DEADLINE_MILLIS}. */
    DEADLINE
  }

  /** A call with a message each way and no wait. */
  public static CallScript unary(String path) {
    return new CallScript(path, MethodType.UNARY, 1, 1, 20, Status.Code.OK, 0, 0, End.SERVER);
  }

  public CallScript streaming(MethodType type, int requests, int responses) {
    return new CallScript(
        path, type, requests, responses, bytes, status, beforeMillis, afterMillis, end);
  }

  public CallScript bytes(int length) {
    return new CallScript(
        path, type, requests, responses, length, status, beforeMillis, afterMillis, end);
  }

  public CallScript waiting(long before, long after) {
    return new CallScript(path, type, requests, responses, bytes, status, before, after, end);
  }

  public CallScript ending(End by) {
    return new CallScript(
        path, type, requests, responses, bytes, status, beforeMillis, afterMillis, by);
  }

  /** The call fails after this many responses. */
  public CallScript failing(Status.Code code, int afterResponses) {
    return new CallScript(
        path, type, requests, afterResponses, bytes, code, beforeMillis, afterMillis, end);
  }

  boolean echoes() {
    return type == MethodType.BIDI_STREAMING;
  }

  public String text() {
    return String.join(
        " ",
        path,
        type.name(),
        "" + requests,
        "" + responses,
        "" + bytes,
        status.name(),
        "" + beforeMillis,
        "" + afterMillis,
        end.name());
  }

  static CallScript parse(String text) {
    String[] words = text.split(" ");
    return new CallScript(
        words[0],
        MethodType.valueOf(words[1]),
        Integer.parseInt(words[2]),
        Integer.parseInt(words[3]),
        Integer.parseInt(words[4]),
        Status.Code.valueOf(words[5]),
        Long.parseLong(words[6]),
        Long.parseLong(words[7]),
        End.valueOf(words[8]));
  }

  /** With messages that are bytes and nothing else. */
  static MethodDescriptor<byte[], byte[]> method(String path, MethodType type) {
    return MethodDescriptor.newBuilder(new Bytes(), new Bytes())
        .setFullMethodName(path)
        .setType(type)
        .build();
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] message) {
      return new ByteArrayInputStream(message);
    }

    @Override
    public byte[] parse(InputStream message) {
      try {
        return message.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
