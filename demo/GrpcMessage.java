// SPDX-License-Identifier: Apache-2.0
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A message of gRPC as it is in the body; apart, so that neither side loads the other's libraries.
 */
final class GrpcMessage {
  private static final byte NOT_COMPRESSED = 0;

  private GrpcMessage() {}

  static byte[] of(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    ByteBuffer message = ByteBuffer.allocate(5 + bytes.length);
    return message.put(NOT_COMPRESSED).putInt(bytes.length).put(bytes).array();
  }
}
