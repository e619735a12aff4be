// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@link #COUNT} requests of many kinds by curl, on two keep-alive connections. */
final class MixedCalls {
  static final int COUNT = 106;

  private MixedCalls() {}

  /**
   * @param server as URLs begin
   */
  static void make(String namespace, String server) throws IOException {
    Programs.curl(namespace, server + "/n/[1-50]?q=a%20b");
    List<String> words = new ArrayList<>(List.of(server + "/file/{0,1,1000,100000}"));
    next(words, "--head", server + "/file/1000");
    next(words, "--header", "Host: shop.example", server + "/error");
    next(words, server + "/missing");
    next(words, "--data", "abc", server + "/new");
    next(words, "--data", "x".repeat(5_000), server + "/new");
    next(words, "--request", "DELETE", server + "/new");
    next(words, server + "/n/[1-46]");
    Programs.curl(namespace, words.toArray(String[]::new));
  }

  private static void next(List<String> words, String... more) {
    words.add("--next");
    words.addAll(List.of(more));
  }

  /** Stops the agent, which must have told of each as nginx has, and of nothing else. */
  static AgentProcess.Ended stopComplete(AgentProcess agent, Nginx nginx) throws IOException {
    AgentProcess.Ended ended = agent.stop();
    assertThat(ended.calls()).hasSize(COUNT).containsExactlyElementsOf(nginx.calls());
    assertThat(ended.lines()).allMatch(Lines::isComplete);
    assertThat(ended.stats().get("exchanges_complete")).isEqualTo(COUNT);
    assertThat(ended.stats().incomplete()).isZero();
    assertThat(ended.stats().lost()).isZero();
    return ended;
  }
}
