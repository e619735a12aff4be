// SPDX-License-Identifier: Apache-2.0
package io.wirespan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rooms know only the rooms below them, and each foreign world has one room that knows it. */
class ImportRulesTest {
  private static final Path SOURCES = Path.of("src/main/java/io/wirespan");
  private static final int MAX_LINES = 400;

  /** What a room may import of Wirespan besides itself. */
  private static final Map<String, Set<String>> BELOW =
      Map.of(
          "capture", Set.of(),
          "tcp", Set.of("capture"),
          "protocol", Set.of("tcp", "capture"),
          "telemetry", Set.of("protocol", "tcp", "capture"),
          "evidence", Set.of("protocol", "tcp", "capture"),
          "bpf", Set.of("capture", "generated"),
          "kubernetes", Set.of("capture"),
          "agent",
              Set.of("telemetry", "evidence", "protocol", "tcp", "capture", "bpf", "kubernetes"));

  /** Packages that only some rooms may name. */
  private static final Map<String, Set<String>> FOREIGN =
      Map.of(
          "io.opentelemetry", Set.of("telemetry"),
          "java.lang.foreign", Set.of("bpf", "capture"),
          "org.apache.commons.cli", Set.of("agent"),
          "org.snakeyaml", Set.of("agent"),
          "sun.misc", Set.of(),
          "java.lang.reflect", Set.of());

  private static final Pattern OWN_NAME = Pattern.compile("\\bio\\.wirespan\\.([a-z0-9]+)\\b");

  private static List<String> violations(String room, String source) {
    List<String> violations = new ArrayList<>();
    if (!BELOW.containsKey(room)) {
      violations.add("unknown room " + room);
      return violations;
    }
    String code = source.replaceAll("(?s)/\\*.*?\\*/|//[^\n]*", "");
    Matcher name = OWN_NAME.matcher(code);
    while (name.find()) {
      if (!name.group(1).equals(room) && !BELOW.get(room).contains(name.group(1))) {
        violations.add(room + " imports " + name.group(1));
      }
    }
    FOREIGN.forEach(
        (packageName, rooms) -> {
          if (!rooms.contains(room) && code.contains(packageName + '.')) {
            violations.add(room + " imports " + packageName);
          }
        });
    if (source.lines().count() > MAX_LINES) {
      violations.add("more than " + MAX_LINES + " lines");
    }
    return violations;
  }

  @Test
  void shouldImportDownwardsOnly() throws IOException {
    List<String> violations = new ArrayList<>();
    List<Path> files;
    try (Stream<Path> tree = Files.walk(SOURCES)) {
      files = tree.filter(path -> path.toString().endsWith(".java")).sorted().toList();
    }
    for (Path file : files) {
      Path relative = SOURCES.relativize(file);
      for (String each : violations(relative.getName(0).toString(), Files.readString(file))) {
        violations.add(relative + ": " + each);
      }
    }

    assertThat(files).hasSizeGreaterThan(20);
    assertThat(violations).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "capture, import io.wirespan.tcp.Flow;, capture imports tcp",
    "tcp, import io.wirespan.protocol.http1.Http1Decoder;, tcp imports protocol",
    "tcp, import static io.wirespan.agent.Main.*;, tcp imports agent",
    "protocol, io.wirespan.telemetry.Outputs outputs;, protocol imports telemetry",
    "telemetry, import io.wirespan.bpf.LiveCapture;, telemetry imports bpf",
    "telemetry, import io.wirespan.evidence.Evidence;, telemetry imports evidence",
    "evidence, import io.wirespan.telemetry.Outputs;, evidence imports telemetry",
    "bpf, import io.wirespan.tcp.Flow;, bpf imports tcp",
    "agent, import io.wirespan.generated.Libbpf;, agent imports generated",
    "agent, import io.opentelemetry.api.trace.Span;, agent imports io.opentelemetry",
    "tcp, import java.lang.foreign.Arena;, tcp imports java.lang.foreign",
    "telemetry, import org.apache.commons.cli.Options;, telemetry imports org.apache.commons.cli",
    "bpf, import sun.misc.Unsafe;, bpf imports sun.misc",
    "cellar, import java.util.List;, unknown room cellar",
  })
  void shouldFindWhatIsAgainstTheRules(String room, String source, String violation) {
    assertThat(violations(room, source)).containsExactly(violation);
  }

  @ParameterizedTest
  @CsvSource({
    "agent, import io.wirespan.bpf.LiveCapture;",
    "bpf, import io.wirespan.generated.Libbpf;",
    "protocol, import io.wirespan.protocol.http2.Frames;",
    "telemetry, import io.opentelemetry.api.trace.Span;",
    "tcp, // see io.wirespan.agent.Main",
    "tcp, /** As {@link io.wirespan.agent.Main} wants it. */",
  })
  void shouldAcceptWhatIsNot(String room, String source) {
    assertThat(violations(room, source)).isEmpty();
  }

  @Test
  void shouldFindAFileThatIsTooLong() {
    assertThat(violations("tcp", "\n".repeat(400))).isEmpty();
    assertThat(violations("tcp", "\n".repeat(401))).containsExactly("more than 400 lines");
  }
}
