// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {
  @Test
  void shouldKeepTextAndLineOfEachValue() throws Exception {
    OptionValues values =
        ConfigFile.parse(
            "c.yaml",
            """
            # what to trace
            port:
              - 8080
              - "9090=http2"
            interface: eth0=checkout, eth1
            ring-size: 8m
            """);

    assertThat(values.all(Option.PORT))
        .extracting(OptionValue::place, OptionValue::text)
        .containsExactly(
            tuple("c.yaml:3: port: ", "8080"), tuple("c.yaml:4: port: ", "9090=http2"));
    assertThat(values.all(Option.INTERFACE))
        .extracting(OptionValue::text)
        .containsExactly("eth0=checkout", "eth1");
    assertThat(values.one(Option.RING_SIZE)).map(OptionValue::text).contains("8m");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing\n", "---\n", "{}", "port: []"})
  void shouldAcceptAFileThatSaysNothing(String yaml) throws Exception {
    OptionValues values = ConfigFile.parse("c.yaml", yaml);

    assertThat(Option.values()).noneMatch(values::has);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "prot: 80 | c.yaml:1: unknown option prot",
        "config: other.yaml | c.yaml:1: unknown option config",
        "'port: 1\nport: 2' | c.yaml:2: port is given twice",
        "'stats: 1\nport: {a: b}' | c.yaml:2: port takes a value or a list of values",
        "port: [[1]] | c.yaml:1: port takes a value or a list of values",
        "stats: [1, 2] | c.yaml:1: stats takes a single value",
        "stats: | c.yaml:1: stats has no value",
        "port: [~] | c.yaml:1: port has no value",
        "- port | c.yaml:1: a mapping from options to values is expected",
        "port | c.yaml:1: a mapping from options to values is expected",
        "'[a]: 1' | c.yaml:1: the name of an option is expected",
      })
  void shouldNameTheLineThatIsWrong(String yaml, String message) {
    assertThatThrownBy(() -> ConfigFile.parse("c.yaml", yaml))
        .isInstanceOf(InvalidOptionException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"port: [80", "a: b: c", "port: \"80", "\tport: 80", "port: *x", "&a : *b"})
  void shouldNameTheLineThatIsNoYaml(String yaml) {
    assertThatThrownBy(() -> ConfigFile.parse("c.yaml", yaml))
        .isInstanceOf(InvalidOptionException.class)
        .hasMessageStartingWith("c.yaml:1: ");
  }

  @Test
  void shouldNameTheLineOfAValueThatMakesNoSense(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("c.yaml"), "stats: 5\nport: [80, 99999]\n");

    Invocation invocation =
        CommandLineParser.parse(new String[] {"--config", file.toString()}, Map.of());

    assertThat(invocation)
        .isEqualTo(
            new Invocation.Refused(file + ":2: port: 99999: 99999 is not a port (1 to 65535)"));
  }

  @Test
  void shouldRefuseWhatIsNoText(@TempDir Path directory) throws Exception {
    Path file = Files.write(directory.resolve("c.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe});

    Invocation invocation =
        CommandLineParser.parse(new String[] {"--config", file.toString()}, Map.of());

    assertThat(invocation)
        .isEqualTo(new Invocation.Refused("--config " + file + ": not UTF-8 text"));
  }
}
