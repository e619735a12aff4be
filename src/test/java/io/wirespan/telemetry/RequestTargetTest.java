// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.protocol.Exchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestTargetTest {
  private static RequestTarget of(String method, String target, String host) {
    return RequestTarget.of(Exchanges.exchange().request(method, target).host(host).build());
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /, http, /, ''",
    "GET, /a/b?c=d&e, http, /a/b, c=d&e",
    "GET, /a?, http, /a, ''",
    "GET, /a?b?c, http, /a, b?c",
    "GET, ?a, http, '', a",
    "OPTIONS, *, http, *, ''",
    "CONNECT, example.com:443, http, '', ''",
    "GET, http://h/p?q, http, /p, q",
    "GET, https://h:1/p, https, /p, ''",
    "GET, http://h, http, /, ''",
    "GET, http://h?q, http, /, q",
    "GET, /redirect?to=http://h/p, http, /redirect, to=http://h/p",
    "GET, a/b://c, http, a/b://c, ''",
    "GET, ://x, http, ://x, ''",
  })
  void shouldSplitEveryForm(
      String method, String target, String scheme, String path, String query) {
    RequestTarget split = of(method, target, "h");

    assertThat(split.text()).isEqualTo(target);
    assertThat(split.scheme()).isEqualTo(scheme);
    assertThat(split.path()).isEqualTo(path);
    assertThat(split.query()).isEqualTo(query);
  }

  @ParameterizedTest
  @CsvSource({
    "example.com, example.com, 8080",
    "example.com:81, example.com, 81",
    "[::1], ::1, 8080",
    "[2001:db8::1]:443, 2001:db8::1, 443",
    "2001:db8::1, 2001:db8::1, 8080",
    "'', 10.0.0.1, 8080",
    ":90, 10.0.0.1, 90",
    "h:, h, 8080",
    "h:0, h, 8080",
    "h:65536, h, 8080",
    "h:99999999999999999999, h, 8080",
    "h:8a, h, 8080",
    "u:p@h:82, h, 82",
    "[, [, 8080",
    "a b, a%20b, 8080",
  })
  void shouldTakeTheServerFromTheAuthorityElseFromTheConnection(
      String authority, String host, int port) {
    RequestTarget target = of("GET", "/", authority);

    assertThat(target.host()).isEqualTo(host);
    assertThat(target.port()).isEqualTo(port);
  }

  @Test
  void shouldHideUserInformation() {
    RequestTarget target = of("GET", "http://me:pw@x@h:1/p@q?r@s", "me:pw@x@h:1");

    assertThat(target.text()).isEqualTo("http://REDACTED:REDACTED@h:1/p@q?r@s");
    assertThat(target.authority()).isEqualTo("REDACTED:REDACTED@h:1");
    assertThat(of("GET", "/@a", "h").text()).isEqualTo("/@a");
  }

  @Test
  void shouldBuildTheWholeUrl() {
    Exchange exchange = Exchanges.exchange().build();

    assertThat(of("GET", "/a?b=1&token=x", "example.com:81").url(exchange.flow().server()))
        .isEqualTo("http://example.com:81/a?b=1&token=REDACTED");
    assertThat(of("GET", "/\u00e9 ", "").url(exchange.flow().server()))
        .isEqualTo("http://10.0.0.1:8080/%E9%20");
    assertThat(of("GET", "https://h/p", "h").url(exchange.flow().server()))
        .isEqualTo("https://h/p");
  }
}
