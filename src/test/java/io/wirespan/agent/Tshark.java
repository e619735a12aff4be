// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.bpf.TestNetwork;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** tshark, which captures an interface in a file and tells what it sees in it. */
final class Tshark implements AutoCloseable {
  private final Process process;
  private final Path file;

  private Tshark(Process process, Path file) {
    this.process = process;
    this.file = file;
  }

  /** Captures from when this returns. */
  static Tshark capture(Path directory, String namespace, String name) throws IOException {
    return start(directory, namespace, List.of("-i", name));
  }

  /** Captures the beginnings of packets, with a buffer that a busy machine does not fill. */
  static Tshark captureHeaders(Path directory, String namespace, String name) throws IOException {
    return start(directory, namespace, List.of("-i", name, "-s", "300", "-B", "64"));
  }

  private static Tshark start(Path directory, String namespace, List<String> options)
      throws IOException {
    Programs.assumeInstalled("tshark");
    Path file = Files.createTempDirectory(directory, "tshark").resolve("packets.pcapng");
    List<String> words = new ArrayList<>(List.of("tshark", "-q", "-f", "tcp"));
    words.addAll(options);
    words.addAll(List.of("-w", file.toString()));
    Process process =
        new ProcessBuilder(TestNetwork.in(namespace, words))
            .redirectErrorStream(true)
            .redirectOutput(file.resolveSibling("log").toFile())
            .start();
    Tshark tshark = new Tshark(process, file);
    assertThat(Programs.await(() -> file.toFile().length() > 0, 30))
        .as(Files.readString(file.resolveSibling("log")))
        .isTrue();
    return tshark;
  }

  /** Stops; the file then has every packet up to now. */
  Path stop() throws IOException {
    // It polls its packets a few times a second.
    long before = -1;
    while (file.toFile().length() != before) {
      before = file.toFile().length();
      Programs.await(() -> false, 1);
    }
    // To the child that captures, too: it ends with its parent's pipe.
    Programs.end(process.toHandle());
    return file;
  }

  /** The time in milliseconds from a request to its answer's end, by target, as tshark has it. */
  static Map<String, Double> httpTimes(Path file) throws IOException {
    return fields(file, "-d tcp.port==8080,http -Y http.time -e http.response_for.uri -e http.time")
        .collect(
            Collectors.toMap(
                words -> words[0].replaceFirst("http://[^/]+", ""),
                words -> Double.parseDouble(words[1]) * 1_000));
  }

  /**
   * The time in milliseconds from the first to the last packet with HEADERS or DATA of each HTTP/2
   * stream, in the order in which they began, as tshark dissects one connection.
   */
  static List<Double> http2Times(Path file) throws IOException {
    Map<Integer, Double> first = new TreeMap<>();
    Map<Integer, Double> last = new TreeMap<>();
    String command =
        "-d tcp.port==8081,http2 -Y http2 -e frame.time_epoch -e http2.streamid -e http2.type";
    for (String[] words : fields(file, command).toList()) {
      String[] streams = words[1].split(",");
      String[] types = words[2].split(",");
      assertThat(types).hasSameSizeAs(streams);
      for (int i = 0; i < streams.length; i++) {
        if (types[i].equals("0") || types[i].equals("1")) {
          double millis = Double.parseDouble(words[0].replaceFirst("^\\d{6}", "")) * 1_000;
          first.putIfAbsent(Integer.valueOf(streams[i]), millis);
          last.put(Integer.valueOf(streams[i]), millis);
        }
      }
    }
    return first.keySet().stream().map(id -> last.get(id) - first.get(id)).toList();
  }

  private static Stream<String[]> fields(Path file, String words) throws IOException {
    List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", file.toString()));
    command.addAll(List.of("-T", "fields"));
    command.addAll(List.of(words.split(" ")));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return output.lines().map(line -> line.split("\t"));
  }

  @Override
  public void close() {
    Programs.end(process.toHandle());
  }
}
