// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Two network namespaces, each with one end of a veth pair:
 *
 * <pre>
 *   client namespace                       server namespace
 *   cli  10.77.0.2/24, fd77::2/64  ------  srv  10.77.0.1/24, fd77::1/64
 * </pre>
 *
 * or the same two joined as a host joins its containers:
 *
 * <pre>
 *   client namespace      host namespace                 server namespace
 *   cli  ---------------  hcli -- br0, a bridge -- hsrv  ---------------  srv
 * </pre>
 *
 * All have their loopback up. Closing removes everything.
 */
public final class TestNetwork implements AutoCloseable {
  public static final String CLIENT_ADDRESS = "10.77.0.2";
  public static final String SERVER_ADDRESS = "10.77.0.1";
  public static final String CLIENT_ADDRESS_6 = "fd77::2";
  public static final String SERVER_ADDRESS_6 = "fd77::1";
  public static final String CLIENT_INTERFACE = "cli";
  public static final String SERVER_INTERFACE = "srv";

  /** The host's end of the server's link. */
  public static final String HOST_INTERFACE = "hsrv";

  private static final AtomicInteger COUNT = new AtomicInteger();

  private final String client;
  private final String server;
  private final String host;

  /** Client and server joined directly. */
  public TestNetwork() throws IOException {
    this(false);
  }

  private TestNetwork(boolean throughHost) throws IOException {
    String suffix = ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
    client = "wsc-" + suffix;
    server = "wss-" + suffix;
    host = "wsh-" + suffix;
    try {
      ip("netns", "add", client);
      ip("netns", "add", server);
      if (throughHost) {
        joinThroughHost();
      } else {
        join(client, CLIENT_INTERFACE, server, SERVER_INTERFACE);
      }
      configure(client, CLIENT_INTERFACE, CLIENT_ADDRESS, CLIENT_ADDRESS_6);
      configure(server, SERVER_INTERFACE, SERVER_ADDRESS, SERVER_ADDRESS_6);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /** Client and server joined by a bridge in a third namespace. */
  public static TestNetwork throughHost() throws IOException {
    return new TestNetwork(true);
  }

  private void joinThroughHost() throws IOException {
    ip("netns", "add", host);
    ip("-n", host, "link", "add", "br0", "type", "bridge");
    join(client, CLIENT_INTERFACE, host, "hcli");
    join(host, HOST_INTERFACE, server, SERVER_INTERFACE);
    for (String end : List.of("hcli", HOST_INTERFACE)) {
      ip("-n", host, "link", "set", end, "master", "br0", "up");
    }
    ip("-n", host, "link", "set", "br0", "up");
    ip("-n", host, "link", "set", "lo", "up");
  }

  private static void join(String namespace, String name, String otherNamespace, String otherName)
      throws IOException {
    ip(
        "link",
        "add",
        name,
        "netns",
        namespace,
        "type",
        "veth",
        "peer",
        "name",
        otherName,
        "netns",
        otherNamespace);
  }

  /** Name of the namespace that calls. */
  public String client() {
    return client;
  }

  /** Name of the namespace that serves. */
  public String server() {
    return server;
  }

  /** Name of the namespace between them. */
  public String host() {
    return host;
  }

  /** A command's words, to be run in a namespace. */
  public static List<String> in(String namespace, List<String> command) {
    List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    words.addAll(command);
    return words;
  }

  /** Runs a command in a namespace to its end; fails unless it succeeds. Returns its output. */
  public static String run(String namespace, String... command) throws IOException {
    return run(in(namespace, List.of(command)));
  }

  /** Runs {@code ip}. */
  public static String ip(String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(words));
    return run(command);
  }

  @Override
  public void close() throws IOException {
    for (String namespace : List.of(client, server, host)) {
      new ProcessBuilder("ip", "netns", "del", namespace)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .onExit()
          .join();
    }
  }

  private static void configure(String namespace, String name, String ipv4, String ipv6)
      throws IOException {
    ip("-n", namespace, "addr", "add", ipv4 + "/24", "dev", name);
    ip("-n", namespace, "addr", "add", ipv6 + "/64", "dev", name, "nodad");
    ip("-n", namespace, "link", "set", name, "up");
    ip("-n", namespace, "link", "set", "lo", "up");
  }

  private static String run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("no end: " + String.join(" ", command));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted: " + String.join(" ", command), e);
    }
    if (process.exitValue() != 0) {
      throw new IOException(
          "exit " + process.exitValue() + ": " + String.join(" ", command) + "\n" + output);
    }
    return output;
  }
}
