// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.bpf.TestNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * h2load, nghttp2's load generator, and nghttpd, its server. Each connection asks for all files in
 * turn; a file's name is its length.
 */
final class Http2Load {
  static final int NGHTTPD_PORT = 8082;
  static final List<String> SIZES = List.of("0", "1", "10", "100");

  private static final int START_SECONDS = 60;

  private Http2Load() {}

  /** nghttpd where the server is; it listens when this returns. */
  static void startNghttpd(Testbed testbed) throws IOException {
    Path root = Files.createTempDirectory(testbed.directory(), "nghttpd");
    Path files = Files.createDirectory(root.resolve("file"));
    for (String size : SIZES) {
      Files.writeString(files.resolve(size), "x".repeat(Integer.parseInt(size)));
    }
    String port = "" + NGHTTPD_PORT;
    testbed.start(testbed.network().server(), "nghttpd", "--no-tls", "-d", root.toString(), port);
    String probe = "exec 3<>/dev/tcp/" + TestNetwork.SERVER_ADDRESS + "/" + port;
    String client = testbed.network().client();
    assertThat(Programs.await(() -> succeeds(client, "bash", "-c", probe), START_SECONDS)).isTrue();
  }

  private static boolean succeeds(String namespace, String... command) {
    try {
      TestNetwork.run(namespace, command);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** So many requests, all of which must be answered. */
  static void run(Testbed testbed, int port, int requests, String... options) throws IOException {
    Programs.assumeInstalled("h2load");
    List<String> words = command(testbed, port, options);
    words.addAll(List.of("-n", "" + requests));
    String report = TestNetwork.run(testbed.network().client(), words.toArray(String[]::new));
    assertThat(report).contains(requests + " succeeded");
  }

  /** Requests without end; all connections have begun when this returns. */
  static Background start(Testbed testbed, int port, String... options) throws IOException {
    List<String> words = command(testbed, port, options);
    words.addAll(List.of("-D", "3600"));
    Background load = testbed.start(testbed.network().client(), words.toArray(String[]::new));
    load.awaitLine("100% of clients started");
    return load;
  }

  private static List<String> command(Testbed testbed, int port, String... options)
      throws IOException {
    String server = "http://" + TestNetwork.SERVER_ADDRESS + ":" + port + "/file/";
    Path urls = testbed.directory().resolve("urls");
    Files.write(urls, SIZES.stream().map(size -> server + size).toList());
    List<String> words = new ArrayList<>(List.of("h2load", "-i", urls.toString()));
    words.addAll(List.of(options));
    return words;
  }
}
