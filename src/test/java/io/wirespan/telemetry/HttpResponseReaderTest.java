// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wirespan.telemetry.HttpResponseReader.Response;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpResponseReaderTest {
  private static final long LONGEST_BODY = 100;

  private static HttpResponseReader reader(String text) {
    return new HttpResponseReader(
        Channels.newChannel(new ByteArrayInputStream(text.getBytes(ISO_8859_1))), LONGEST_BODY);
  }

  /** As if each byte came in a packet of its own. */
  private static HttpResponseReader trickling(String text) {
    ReadableByteChannel whole =
        Channels.newChannel(new ByteArrayInputStream(text.getBytes(ISO_8859_1)));
    return new HttpResponseReader(
        new ReadableByteChannel() {
          @Override
          public int read(ByteBuffer into) throws IOException {
            ByteBuffer one = ByteBuffer.allocate(1);
            int count = whole.read(one);
            into.put(one.flip());
            return count;
          }

          @Override
          public boolean isOpen() {
            return true;
          }

          @Override
          public void close() {}
        },
        LONGEST_BODY);
  }

  private static String text(Response response) {
    return response.status()
        + (response.reusable() ? " reusable " : " last ")
        + new String(response.body(), ISO_8859_1);
  }

  @ParameterizedTest
  @CsvSource({
    "'HTTP/1.1 200 OK|Content-Length: 5||hello', 200 reusable hello",
    "'HTTP/1.1 200|content-length:0||', '200 reusable '",
    "'HTTP/1.1 204 No Content|Content-Length: 5||', '204 reusable '",
    "'HTTP/1.1 200 OK|Connection: Close|Content-Length: 2||ok', 200 last ok",
    "'HTTP/1.0 200 OK|Content-Length: 2||ok', 200 last ok",
    "'HTTP/1.1 503 Service Unavailable||until the end', 503 last until the end",
    "'HTTP/1.1 200 OK|Transfer-Encoding: chunked||5;a=b|hello|6| world|0|Trailer: 1||', 200"
        + " reusable hello world",
    "'HTTP/1.1 100 Continue||HTTP/1.1 103 Early Hints|Link: x||HTTP/1.1 200 OK|Content-Length:"
        + " 1||!', 200 reusable !",
  })
  void shouldReadAResponseHoweverItComes(String lines, String expected) throws Exception {
    String sent = lines.replace("|", "\r\n");

    assertThat(text(reader(sent).read())).isEqualTo(expected);
    assertThat(text(trickling(sent).read())).isEqualTo(expected);
    assertThat(text(reader(lines.replace('|', '\n')).read())).isEqualTo(expected);
  }

  @Test
  void shouldReadOneResponseAfterTheOther() throws Exception {
    HttpResponseReader reader =
        reader(
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
                + "HTTP/1.1 400 No\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n\r\n");

    assertThat(text(reader.read())).isEqualTo("200 reusable a");
    assertThat(text(reader.read())).isEqualTo("400 reusable b");
    assertThatThrownBy(reader::read).isInstanceOf(EOFException.class);
    assertThat(reader.begun()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH_9|",
        "HTTP/1.1 OK|",
        "HTTP/1.1 200 OK|Content-Length: -1||",
        "HTTP/1.1 200 OK|Content-Length: many||",
        "HTTP/1.1 200 OK|Content-Length: 101||",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||7fffffffffffffff|",
        "HTTP/1.1 200 OK|Content-Length: 10||short",
        "HTTP/1.1 200 OK|Content-Le",
      })
  void shouldRefuseWhatIsNoResponse(String lines) {
    HttpResponseReader reader = reader(lines.replace("|", "\r\n"));

    assertThatThrownBy(reader::read).isInstanceOf(IOException.class);
    assertThat(reader.begun()).isTrue();
  }

  @Test
  void shouldNotKeepWhatHasNoEnd() {
    assertThatThrownBy(reader("HTTP/1.1 200 OK\r\n" + "A: b\r\n".repeat(10_000))::read)
        .hasMessageContaining("too many fields");
    assertThatThrownBy(reader("HTTP/1.1 200 " + "O".repeat(100_000))::read)
        .hasMessageContaining("line of more than");
    assertThatThrownBy(reader("HTTP/1.1 200 OK\r\n\r\n" + "a".repeat(101))::read)
        .hasMessageContaining("more than 100 bytes");
  }
}
