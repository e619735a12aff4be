// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import java.nio.ByteOrder;

/**
 * The hash that the kernel program gives to the packets of a connection ({@code flow_hash} of
 * {@code bpf/session_key.h}), for segments that it could not hash: those that came in fragments.
 */
final class FlowHash {
  private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  private FlowHash() {}

  /** The same for both directions. */
  static int of(Segment segment, int interfaceId) {
    boolean inOrder = sourceIsLower(segment);
    long high0 = inOrder ? segment.sourceHigh : segment.destinationHigh;
    long low0 = inOrder ? segment.sourceLow : segment.destinationLow;
    long high1 = inOrder ? segment.destinationHigh : segment.sourceHigh;
    long low1 = inOrder ? segment.destinationLow : segment.sourceLow;
    int port0 = inOrder ? segment.sourcePort : segment.destinationPort;
    int port1 = inOrder ? segment.destinationPort : segment.sourcePort;
    int hash = interfaceId;
    hash = mix(mix(hash, upper(high0)), upper(high1));
    hash = mix(mix(hash, lower(high0)), lower(high1));
    hash = mix(mix(hash, upper(low0)), upper(low1));
    hash = mix(mix(hash, lower(low0)), lower(low1));
    return mix(mix(hash, port(port0)), port(port1));
  }

  /** Compares as the kernel program does: words of network byte order, loaded in the machine's. */
  private static boolean sourceIsLower(Segment segment) {
    int order = Integer.compareUnsigned(upper(segment.sourceHigh), upper(segment.destinationHigh));
    if (order == 0) {
      order = Integer.compareUnsigned(lower(segment.sourceHigh), lower(segment.destinationHigh));
    }
    if (order == 0) {
      order = Integer.compareUnsigned(upper(segment.sourceLow), upper(segment.destinationLow));
    }
    if (order == 0) {
      order = Integer.compareUnsigned(lower(segment.sourceLow), lower(segment.destinationLow));
    }
    if (order == 0) {
      order = Integer.compare(port(segment.sourcePort), port(segment.destinationPort));
    }
    return order <= 0;
  }

  private static int upper(long half) {
    return word((int) (half >>> Integer.SIZE));
  }

  private static int lower(long half) {
    return word((int) half);
  }

  private static int word(int value) {
    return LITTLE_ENDIAN ? Integer.reverseBytes(value) : value;
  }

  private static int port(int value) {
    return LITTLE_ENDIAN ? Short.toUnsignedInt(Short.reverseBytes((short) value)) : value;
  }

  private static int mix(int hash, int word) {
    int mixed = (hash ^ word) * 0x9e3779b1;
    return mixed ^ mixed >>> 15;
  }
}
