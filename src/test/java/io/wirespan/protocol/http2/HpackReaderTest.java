// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.wirespan.protocol.Headers;
import io.wirespan.protocol.Outcome;
import io.wirespan.protocol.Traced;
import io.wirespan.tcp.TcpConversation;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The examples of RFC 7541, appendix C, and what is made of them when one was missed. */
class HpackReaderTest {
  static final String[] PLAIN_REQUESTS = {
    "828684410f7777772e6578616d706c652e636f6d",
    "828684be58086e6f2d6361636865",
    "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565"
  };
  static final String[] HUFFMAN_REQUESTS = {
    "828684418cf1e3c2e5f23a6ba0ab90f4ff",
    "828684be5886a8eb10649cbf",
    "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"
  };

  /** With a table of 256 bytes, so that entries are evicted. */
  static final String[] PLAIN_RESPONSES = {
    "3fe101"
        + "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a3231"
        + "20474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
    "4803333037c1c0bf",
    "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a697077"
        + "38666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d616765"
        + "3d333630303b2076657273696f6e3d31"
  };

  static final String[] HUFFMAN_RESPONSES = {
    "3fe101"
        + "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad17"
        + "1863c78f0b97c8e9ae82ae43d3",
    "4883640effc1c0bf",
    "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6"
        + "c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007"
  };

  private final BlockFields fields =
      new BlockFields(
          Set.of(
              "cache-control",
              "custom-key",
              "password",
              "location",
              "date",
              "set-cookie",
              "content-encoding"));

  private HpackReader reader(Outcome loss) {
    return new HpackReader(fields, 1 << 16, loss);
  }

  private static ByteBuf bytes(String hex) {
    return Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex));
  }

  private static HpackReader.Result read(HpackReader reader, String hex) {
    return reader.decode(bytes(hex));
  }

  private String request() {
    return fields.method() + ' ' + fields.target() + ' ' + fields.authority();
  }

  private List<String> kept() {
    return fields.headers().fields().stream().map(Headers.Field::value).toList();
  }

  /** Section C.2: with indexing, without, never indexed, and of the static table. */
  @Test
  void shouldReadEveryRepresentationOfAField() {
    HpackReader reader = reader(Outcome.COMPLETE);
    read(reader, "400a637573746f6d2d6b65790d637573746f6d2d686561646572");
    assertThat(kept()).containsExactly("custom-header");
    read(reader, "040c2f73616d706c652f70617468");
    assertThat(fields.target()).isEqualTo("/sample/path");
    read(reader, "100870617373776f726406736563726574");
    assertThat(kept()).containsExactly("secret");
    assertThat(read(reader, "82be")).isEqualTo(HpackReader.Result.WHOLE);
    assertThat(fields.method()).isEqualTo("GET");
    assertThat(kept()).containsExactly("custom-header");
    assertThat(read(reader, "bf")).isEqualTo(HpackReader.Result.INVALID);
  }

  /** Section C.4 from the packets on. */
  @Test
  void shouldReadTheExamplesInFrames() {
    Traced traced = new Traced();
    TcpConversation conversation = traced.conversation().handshake();
    conversation.clientSends(Peer.join(Peer.PREFACE, Peer.SETTINGS)).serverSends(Peer.SETTINGS);
    for (int i = 0; i < HUFFMAN_REQUESTS.length; i++) {
      byte[] request = HexFormat.of().parseHex(HUFFMAN_REQUESTS[i]);
      byte[] response = HexFormat.of().parseHex(HUFFMAN_RESPONSES[i]);
      int flags = Peer.END | Peer.END_HEADERS;
      conversation.clientSends(Peer.frame(Frame.HEADERS, flags, 2 * i + 1, request));
      conversation.serverSends(Peer.frame(Frame.HEADERS, flags, 2 * i + 1, response));
    }

    assertThat(traced.summary())
        .containsExactly(
            "GET / www.example.com 302 complete",
            "GET / www.example.com 307 complete",
            "GET /index.html www.example.com 200 complete");
  }

  @Test
  void shouldReadRequestsWithAndWithoutHuffman() {
    for (String[] examples : List.of(PLAIN_REQUESTS, HUFFMAN_REQUESTS)) {
      HpackReader reader = reader(Outcome.COMPLETE);
      assertThat(read(reader, examples[0])).isEqualTo(HpackReader.Result.WHOLE);
      assertThat(request()).isEqualTo("GET / www.example.com");
      assertThat(read(reader, examples[1])).isEqualTo(HpackReader.Result.WHOLE);
      assertThat(request()).isEqualTo("GET / www.example.com");
      assertThat(kept()).containsExactly("no-cache");
      assertThat(read(reader, examples[2])).isEqualTo(HpackReader.Result.WHOLE);
      assertThat(request()).isEqualTo("GET /index.html www.example.com");
      assertThat(kept()).containsExactly("custom-value");
    }
  }

  @Test
  void shouldReadResponsesThatEvictEntries() {
    for (String[] examples : List.of(PLAIN_RESPONSES, HUFFMAN_RESPONSES)) {
      HpackReader reader = reader(Outcome.COMPLETE);
      assertThat(read(reader, examples[0])).isEqualTo(HpackReader.Result.WHOLE);
      assertThat(fields.status()).isEqualTo(302);
      assertThat(read(reader, examples[1])).isEqualTo(HpackReader.Result.WHOLE);
      assertThat(fields.status()).isEqualTo(307);
      assertThat(kept())
          .containsExactly("private", "Mon, 21 Oct 2013 20:13:21 GMT", "https://www.example.com");
      assertThat(read(reader, examples[2])).isEqualTo(HpackReader.Result.WHOLE);
      assertThat(fields.status()).isEqualTo(200);
      assertThat(kept())
          .containsExactly(
              "private",
              "Mon, 21 Oct 2013 20:13:22 GMT",
              "https://www.example.com",
              "gzip",
              "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");
    }
  }

  @Test
  void shouldNotKnowWhatWasMissed() {
    HpackReader reader = reader(Outcome.JOINED);

    assertThat(read(reader, PLAIN_REQUESTS[1])).isEqualTo(HpackReader.Result.PARTLY);
    assertThat(request()).isEqualTo("GET / ");
    assertThat(kept()).containsExactly("no-cache");
    assertThat(read(reader, PLAIN_REQUESTS[2])).isEqualTo(HpackReader.Result.PARTLY);
    assertThat(request()).isEqualTo("GET /index.html ");
    // The entries of these two are the newest now: no-cache is the second.
    assertThat(read(reader, "82bebf")).isEqualTo(HpackReader.Result.WHOLE);
    assertThat(kept()).containsExactly("custom-value", "no-cache");
  }

  @Test
  void shouldNotKnowAValueWhoseNameWasMissed() {
    HpackReader reader = reader(Outcome.JOINED);

    assertThat(read(reader, "8286847f2503612e62")).isEqualTo(HpackReader.Result.PARTLY);
    assertThat(request()).isEqualTo("GET / ");
  }

  @Test
  void shouldFindNothingBeyondATableThatIsSmallerThanItsSenders() {
    HpackReader reader = reader(Outcome.JOINED);

    // Index 62 + 500; the table is enlarged for it, and then it is one that is not known.
    assertThat(read(reader, "82ffb303")).isEqualTo(HpackReader.Result.PARTLY);
    assertThat(fields.method()).isEqualTo("GET");
    assertThat(read(reader, "83ffb303")).isEqualTo(HpackReader.Result.PARTLY);
    assertThat(fields.method()).isEqualTo("POST");
    assertThat(reader.loss()).isEqualTo(Outcome.JOINED);
  }

  @Test
  void shouldKnowAllAgainOnceTheTableIsEmptied() {
    HpackReader reader = reader(Outcome.JOINED);

    assertThat(read(reader, "203fe11f" + PLAIN_REQUESTS[0])).isEqualTo(HpackReader.Result.WHOLE);
    assertThat(read(reader, PLAIN_REQUESTS[1])).isEqualTo(HpackReader.Result.WHOLE);
    assertThat(read(reader, "c0")).isEqualTo(HpackReader.Result.PARTLY);
  }

  @Test
  void shouldSayWhatIsNoHeaderBlock() {
    HpackReader reader = reader(Outcome.COMPLETE);
    read(reader, PLAIN_REQUESTS[0]);

    assertThat(read(reader, "82c5")).isEqualTo(HpackReader.Result.INVALID);
    assertThat(reader.loss()).isEqualTo(Outcome.PARSE_ERROR);
    assertThat(read(reader, "82be")).isEqualTo(HpackReader.Result.PARTLY);
  }

  @Test
  void shouldEnlargeATableThatSaysNothingOfIt() {
    HpackReader reader = reader(Outcome.COMPLETE);
    reader.allowTableSize(8192);
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      many.append("400a637573746f6d2d6b657919").append("%02x".formatted(i)).append("61".repeat(24));
    }

    assertThat(read(reader, many.toString())).isEqualTo(HpackReader.Result.WHOLE);
    assertThat(kept()).hasSize(100);
    assertThat(read(reader, "ff22")).isEqualTo(HpackReader.Result.WHOLE);
    assertThat(kept().getFirst().charAt(0)).isEqualTo((char) 0);
  }
}
