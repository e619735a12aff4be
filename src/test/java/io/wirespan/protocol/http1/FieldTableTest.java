// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol.http1;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.http1.FieldTable.Role;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FieldTableTest {
  private final FieldTable table = new FieldTable(Set.of("user-agent", "host"));

  private FieldTable.Entry find(String line) {
    byte[] bytes = line.getBytes(ISO_8859_1);
    return table.find(bytes, 0, bytes.length);
  }

  @ParameterizedTest
  @CsvSource({
    "Host: a, HOST",
    "HOST:, HOST",
    "host:a:b, HOST",
    "Content-Length: 3, CONTENT_LENGTH",
    "cOnTeNt-lEnGtH:3, CONTENT_LENGTH",
    "Transfer-Encoding: chunked, TRANSFER_ENCODING",
    "Upgrade: h2c, UPGRADE",
    "Expect: 100-continue, EXPECT",
    "User-Agent: curl, NONE",
  })
  void shouldFindNamesInAnyCase(String line, Role role) {
    assertThat(find(line).role()).isEqualTo(role);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Host : a", "Host\t: a", "Host \t :a", "Host :"})
  void shouldTolerateBlanksBeforeTheColon(String line) {
    assertThat(find(line).role()).isEqualTo(Role.HOST);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host",
        "Host ",
        "H",
        "Hos: a",
        "Hosts: a",
        "Host a: b",
        "Host a",
        ": a",
        "X: Host:",
        "Content\rLength: 3",
        "Content-Lengt\b: 3",
        "Uset-Agent: a"
      })
  void shouldFindNoOther(String line) {
    assertThat(find(line)).isNull();
  }

  @Test
  void shouldSayWhatIsKept() {
    assertThat(find("Host: a").kept()).isTrue();
    assertThat(find("User-Agent: a").kept()).isTrue();
    assertThat(find("Upgrade: a").kept()).isFalse();
  }
}
