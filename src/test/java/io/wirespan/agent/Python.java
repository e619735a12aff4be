// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.bpf.TestNetwork;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Programs in Python that say what no client or server of the system would: whole ones, which lie
 * beside this class, and scripts of a test, which have the words of {@code peers.py}.
 */
final class Python {
  private Python() {}

  /** The words that run one of the programs that lie here. */
  static String[] program(String name, String... arguments) throws IOException {
    return command(path(name).toString(), arguments);
  }

  /** The words that run a script of a client or a server. */
  static String[] script(String script, String... more) throws IOException {
    List<String> arguments = new ArrayList<>();
    String words = "import sys; sys.path.insert(0, '" + path("peers.py").getParent() + "')\n";
    arguments.add(words + "from peers import *\n" + script);
    arguments.add(TestNetwork.SERVER_ADDRESS);
    arguments.addAll(List.of(more));
    return command("-c", arguments.toArray(String[]::new));
  }

  private static String[] command(String first, String... more) {
    Programs.assumeInstalled("python3");
    // -B: nothing compiled is to lie beside what was built.
    List<String> words = new ArrayList<>(List.of("python3", "-B", first));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  private static Path path(String name) throws IOException {
    URL found = Python.class.getResource(name);
    if (found == null) {
      throw new FileNotFoundException(name);
    }
    try {
      return Path.of(found.toURI());
    } catch (URISyntaxException e) {
      throw new IOException(name, e);
    }
  }
}
