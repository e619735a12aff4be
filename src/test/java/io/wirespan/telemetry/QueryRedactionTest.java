// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueryRedactionTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "AWSAccessKeyId",
        "Signature",
        "sig",
        "X-Goog-Signature",
        "X-Amz-Signature",
        "X-Amz-Credential",
        "X-Amz-Security-Token",
        "token",
        "access_token",
        "accessToken",
        "csrfmiddlewaretoken",
        "tokenValue",
        "password",
        "passwd",
        "PASSWORD",
        "user[password]",
        "secret",
        "client_secret",
        "api_key",
        "api-key",
        "apikey",
        "key",
        "auth",
        "Authorization",
        "x-auth",
        "session_id",
        "jwt",
        "%70assword",
        "pass%77ord"
      })
  void shouldHideTheValuesOfSecretNames(String name) {
    assertThat(QueryRedaction.redact("a=1&" + name + "=s3cr3t/+%20=;x&b=2"))
        .isEqualTo("a=1&" + name + "=REDACTED&b=2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a=1",
        "q=token",
        "=",
        "&&==&",
        "author=me",
        "keyword=x",
        "monkey=1",
        "max_tokens=5",
        "design=2",
        "assignee=3",
        "password",
        "password=",
        "secret&a=1",
        "%=%&%a=1&%zz=2",
        "sort=key&order=sig",
        "token=&a=1"
      })
  void shouldReturnEverythingElseAsItIs(String query) {
    assertThat(QueryRedaction.redact(query)).isSameAs(query);
  }

  @ParameterizedTest
  @CsvSource({
    "a=1;token=x;y&b=2, a=1;token=REDACTED&b=2",
    "token=1&token=2, token=REDACTED&token=REDACTED",
    "token=a=b&c, token=REDACTED&c",
    "v=eyJhbGciOiJIUzI1NiJ9.e30.x, v=REDACTED",
    "plain&sig=x, plain&sig=REDACTED",
  })
  void shouldFindSecretsWhereverTheyStand(String query, String redacted) {
    assertThat(QueryRedaction.redact(query)).isEqualTo(redacted);
  }

  @Test
  void shouldCopeWithHugeQueries() {
    String harmless = "&".repeat(100_000) + "a=1&".repeat(100_000) + "b".repeat(100_000) + "=";

    assertThat(QueryRedaction.redact(harmless)).isSameAs(harmless);
    assertThat(QueryRedaction.redact(harmless + "&token=x"))
        .isEqualTo(harmless + "&token=REDACTED");
  }
}
