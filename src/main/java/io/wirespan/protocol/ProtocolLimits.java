// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

/**
 * Bounds of what the protocol room keeps and how long it looks for a message.
 *
 * @param headBytes longest head (start line and header section); a longer one is reported with what
 *     is known of it, as {@link Outcome#PARSE_ERROR}
 * @param heldHeadBytes memory for all heads together that are spread over several segments
 * @param pipelineDepth requests of one connection that wait for their response
 * @param quietNanos silence of a server after which a new request is taken to be the only open one
 * @param searchSegments segments, and
 * @param searchBytes bytes, that are looked at without finding a message before a connection is
 *     given up; both must be used up
 */
public record ProtocolLimits(
    int headBytes,
    long heldHeadBytes,
    int pipelineDepth,
    long quietNanos,
    int searchSegments,
    long searchBytes) {
  public static final ProtocolLimits DEFAULTS =
      new ProtocolLimits(256 << 10, 16L << 20, 10_000, 1_000_000_000L, 64, 1L << 20);

  /** These limits with another longest head. */
  public ProtocolLimits withHeadBytes(int bytes) {
    return new ProtocolLimits(
        bytes, heldHeadBytes, pipelineDepth, quietNanos, searchSegments, searchBytes);
  }

  /** Limits for one of several workers: its part of what is shared, and at least one head. */
  public ProtocolLimits sharedBy(int workers) {
    return new ProtocolLimits(
        headBytes,
        Math.max(heldHeadBytes / workers, Math.min(heldHeadBytes, headBytes)),
        pipelineDepth,
        quietNanos,
        searchSegments,
        searchBytes);
  }

  public ProtocolLimits {
    if (headBytes < 16 || heldHeadBytes < 0 || pipelineDepth < 2) {
      throw new IllegalArgumentException(
          "headBytes=%d heldHeadBytes=%d pipelineDepth=%d"
              .formatted(headBytes, heldHeadBytes, pipelineDepth));
    }
  }
}
