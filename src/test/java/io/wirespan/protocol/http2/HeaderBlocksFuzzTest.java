// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.wirespan.protocol.Headers;
import io.wirespan.protocol.Outcome;
import io.wirespan.replay.FuzzInput;
import io.wirespan.replay.Mutations;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any header blocks, read by one who has seen all of them and by one who missed some: what the
 * second knows is what the first read. (Netty's own decoder tells which blocks are well formed.)
 *
 * <p>An input begins with the number of blocks that the second misses (1 byte). Then come the
 * blocks: length (2) and bytes. Instead of a length, 0xfffe says that the second misses the next
 * block, too, and 0xffff that the receiver allows a table of so many KiB from there on (1).
 */
public final class HeaderBlocksFuzzTest {
  private static final int ALLOWED = 0xffff;
  private static final int MISSED = 0xfffe;
  private static final int MOST_MISSED = 8;
  private static final int LONGEST_LIST = 1 << 16;
  private static final Set<String> KEPT =
      Set.of("custom-key", "cache-control", "location", "date", "content-encoding");

  public static List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>();
    for (String[] blocks :
        List.of(
            HpackReaderTest.PLAIN_REQUESTS,
            HpackReaderTest.HUFFMAN_REQUESTS,
            HpackReaderTest.PLAIN_RESPONSES,
            HpackReaderTest.HUFFMAN_RESPONSES)) {
      for (int missed = 0; missed < 3; missed++) {
        seeds.add(input(missed, blocks));
        seeds.add(Peer.join(input(missed, blocks), marker(MISSED), blocks(blocks)));
      }
    }
    return seeds;
  }

  private static byte[] input(int missed, String[] blocks) {
    byte[] allowed = Peer.join(marker(ALLOWED), new byte[] {8});
    return Peer.join(new byte[] {(byte) missed}, allowed, blocks(blocks));
  }

  private static byte[] blocks(String[] blocks) {
    byte[] input = {};
    for (String hex : blocks) {
      byte[] block = HexFormat.of().parseHex(hex);
      input = Peer.join(input, marker(block.length), block);
    }
    return input;
  }

  private static byte[] marker(int value) {
    return new byte[] {(byte) (value >>> 8), (byte) value};
  }

  static List<byte[]> inputs() {
    return Mutations.of(seeds());
  }

  @ParameterizedTest
  @MethodSource("inputs")
  void shouldReadAnyBlocks(byte[] input) throws Http2Exception {
    fuzzerTestOneInput(input);
  }

  public static void fuzzerTestOneInput(byte[] bytes) throws Http2Exception {
    FuzzInput input = new FuzzInput(bytes);
    int missed = input.u8() % MOST_MISSED;
    Reading all = new Reading(Outcome.COMPLETE);
    Reading later = new Reading(Outcome.JOINED);
    DefaultHttp2HeadersDecoder netty = new DefaultHttp2HeadersDecoder(false, false, LONGEST_LIST);
    netty.maxHeaderTableSize(1 << 16);
    while (input.hasMore()) {
      int length = input.u16();
      if (length == ALLOWED) {
        int size = input.u8() << 10;
        all.reader.allowTableSize(size);
        later.reader.allowTableSize(missed > 0 ? 0 : size);
        continue;
      }
      if (length == MISSED) {
        missed = 1;
        continue;
      }
      byte[] block = input.bytes(length);
      boolean wellFormed = isWellFormed(nettyReads(netty, block));
      HpackReader.Result result = all.read(block);
      boolean seen = missed-- <= 0;
      if (!seen) {
        later.reader.lose(Outcome.GAP);
      }
      HpackReader.Result laterResult = seen ? later.read(block) : HpackReader.Result.PARTLY;
      if (result != HpackReader.Result.WHOLE) {
        return;
      }
      assertThat(laterResult).isNotEqualTo(HpackReader.Result.INVALID);
      if (seen && wellFormed) {
        later.assertKnowsNothingElseThan(all);
      }
    }
  }

  /** Null if it reads less than we do: our table may grow without being told so in a block. */
  private static Http2Headers nettyReads(DefaultHttp2HeadersDecoder netty, byte[] block) {
    try {
      return netty.decodeHeaders(1, Unpooled.wrappedBuffer(block));
    } catch (Http2Exception e) {
      return null;
    }
  }

  /** No name twice of those of which the first counts. */
  private static boolean isWellFormed(Http2Headers headers) {
    if (headers == null) {
      return false;
    }
    for (String name : List.of(":method", ":path", ":authority", ":status", "host")) {
      if (headers.getAll(name).size() > 1) {
        return false;
      }
    }
    return !headers.contains("host");
  }

  /** A reader and what it has read. */
  private static final class Reading {
    private final BlockFields fields = new BlockFields(KEPT);
    private final HpackReader reader;

    Reading(Outcome loss) {
      reader = new HpackReader(fields, LONGEST_LIST, loss);
    }

    HpackReader.Result read(byte[] block) {
      return reader.decode(Unpooled.wrappedBuffer(block));
    }

    void assertKnowsNothingElseThan(Reading all) {
      assertThat(fields.method()).isIn("", all.fields.method());
      assertThat(fields.status()).isIn(0, all.fields.status());
      assertThat(fields.authority()).isIn("", all.fields.authority());
      if (fields.method().equals(all.fields.method())) {
        assertThat(fields.target()).isIn("", all.fields.target());
      }
      List<Headers.Field> known = fields.headers().fields();
      if (!known.isEmpty()) {
        assertThat(all.fields.headers().fields()).containsSubsequence(known);
      }
      if (!fields.hasUnknown()) {
        assertThat(known).isEqualTo(all.fields.headers().fields());
        assertThat(fields.target()).isEqualTo(all.fields.target());
      }
    }
  }
}
