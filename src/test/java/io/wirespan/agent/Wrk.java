// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.bpf.TestNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * wrk, which asks nginx for small answers on {@link #CONNECTIONS} connections at once. When its
 * time is over, it leaves requests under way: at most one on each connection.
 */
final class Wrk {
  static final int CONNECTIONS = 24;

  private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in");

  /** Each connection waits 10 ms between its requests, which have targets of their own. */
  private static final String PACED =
      """
      local n = 0
      function request() n = n + 1; return wrk.format(nil, "/n/" .. n) end
      function delay() return 10 end
      """;

  private Wrk() {}

  /** As many requests as are answered; returns how many that were. */
  static long fullSpeed(Testbed testbed, int seconds) throws IOException {
    return run(testbed, command(seconds, Nginx.URL + "/n/1"));
  }

  /** About two thousand requests a second; returns how many were answered. */
  static long paced(Testbed testbed, int seconds) throws IOException {
    Path script = Files.writeString(testbed.directory().resolve("paced.lua"), PACED);
    return run(testbed, command(seconds, "--script", script.toString(), Nginx.URL));
  }

  /** At full speed, for longer than a test needs. */
  static Background start(Testbed testbed) throws IOException {
    return testbed.start(testbed.network().client(), command(90, Nginx.URL + "/n/1"));
  }

  private static String[] command(int seconds, String... more) {
    List<String> words = new ArrayList<>(List.of("wrk", "--threads", "1"));
    words.addAll(List.of("--connections", "" + CONNECTIONS, "--duration", "" + seconds));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  private static long run(Testbed testbed, String... command) throws IOException {
    Programs.assumeInstalled("wrk");
    String report = TestNetwork.run(testbed.network().client(), command);
    Matcher requests = REQUESTS.matcher(report);
    assertThat(requests.find()).as(report).isTrue();
    return Long.parseLong(requests.group(1));
  }
}
