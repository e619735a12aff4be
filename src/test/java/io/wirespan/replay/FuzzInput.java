// SPDX-License-Identifier: Apache-2.0
package io.wirespan.replay;

import java.util.Arrays;

/** A fuzzer's bytes as numbers and choices; behind their end everything is 0. */
public final class FuzzInput {
  private final byte[] input;
  private int position;

  public FuzzInput(byte[] input) {
    this.input = input;
  }

  public boolean hasMore() {
    return position < input.length;
  }

  public int u8() {
    return hasMore() ? input[position++] & 0xff : 0;
  }

  public int u16() {
    return u8() << 8 | u8();
  }

  public int i16() {
    return (short) u16();
  }

  public int i32() {
    return u16() << 16 | u16();
  }

  /** From 0 to {@code bound} - 1; {@code bound} is 256 at most. */
  public int below(int bound) {
    return u8() % bound;
  }

  /** As many bytes as asked for, or as there are. */
  public byte[] bytes(int length) {
    int from = position;
    position = Math.min(input.length, from + length);
    return Arrays.copyOfRange(input, from, position);
  }
}
