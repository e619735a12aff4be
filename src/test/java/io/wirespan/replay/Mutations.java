// SPDX-License-Identifier: Apache-2.0
package io.wirespan.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * What every run of the tests tries of a fuzz target: its seeds, and some damaged copies of them,
 * the same each time.
 */
public final class Mutations {
  private static final int COPIES = 60;

  private Mutations() {}

  /** Each seed, and copies of it with bits flipped, bytes removed, repeated and cut off. */
  public static List<byte[]> of(List<byte[]> seeds) {
    List<byte[]> inputs = new ArrayList<>();
    inputs.add(new byte[0]);
    for (int i = 0; i < seeds.size(); i++) {
      inputs.add(seeds.get(i));
      Random random = new Random(i);
      for (int copy = 0; copy < COPIES && seeds.get(i).length > 0; copy++) {
        inputs.add(mutate(seeds.get(i), random));
      }
    }
    return inputs;
  }

  private static byte[] mutate(byte[] seed, Random random) {
    byte[] bytes = seed.clone();
    for (int i = random.nextInt(4); i >= 0 && bytes.length > 0; i--) {
      int at = random.nextInt(bytes.length);
      int length = 1 + random.nextInt(Math.min(64, bytes.length - at));
      switch (random.nextInt(6)) {
        case 0 -> bytes = Arrays.copyOf(bytes, at);
        case 1 -> bytes = splice(bytes, at, at + length, new byte[0]);
        case 2 -> bytes = splice(bytes, at, at, Arrays.copyOfRange(bytes, at, at + length));
        case 3 -> bytes[at] = (byte) (random.nextBoolean() ? 0xff : 0);
        default -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      }
    }
    return bytes;
  }

  /** {@code bytes} with those from {@code from} to {@code to} replaced. */
  private static byte[] splice(byte[] bytes, int from, int to, byte[] by) {
    byte[] result = new byte[bytes.length - (to - from) + by.length];
    System.arraycopy(bytes, 0, result, 0, from);
    System.arraycopy(by, 0, result, from, by.length);
    System.arraycopy(bytes, to, result, from + by.length, bytes.length - to);
    return result;
  }
}
