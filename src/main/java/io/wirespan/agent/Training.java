// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.wirespan.capture.SetupException;
import io.wirespan.telemetry.ConfigurationException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;

/**
 * What a JVM does while it is trained (JEP 514): the classes that it has loaded by the end go into
 * the archive that the agent is started with.
 *
 * <p>A replay of a file into every output, with a collector that takes all, and then, as far as its
 * privileges go, a live capture of a {@link TrainingLoad}.
 *
 * <pre>java -XX:AOTCacheOutput=ARCHIVE -cp agent.jar io.wirespan.agent.Training FILE</pre>
 */
final class Training {
  private Training() {}

  public static void main(String[] arguments) throws IOException, ConfigurationException {
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    HttpServer server = HttpServer.create(anyPort, 0);
    server.createContext("/", Training::answer);
    server.start();
    try {
      Map<String, String> environment =
          Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http:/" + server.getAddress());
      String[] replay = {"--read", arguments[0], "--output", "json,otlp"};
      int status = Main.run(replay, environment);
      if (status != Main.DONE) {
        System.exit(status);
      }
      trace(environment);
    } finally {
      server.stop(0);
    }
    System.exit(Main.DONE);
  }

  private static void answer(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    exchange.sendResponseHeaders(200, -1);
    exchange.close();
  }

  private static void trace(Map<String, String> environment)
      throws IOException, ConfigurationException {
    try (TrainingLoad load = new TrainingLoad()) {
      String[] live = {"--interface", "lo", "--port", "" + load.port(), "--output", "json,otlp"};
      if (!(CommandLineParser.parse(live, environment) instanceof Invocation.Run run)) {
        throw new IllegalStateException("cannot parse " + String.join(" ", live));
      }
      Agent agent = Assembly.assemble(run.options(), environment);
      Thread.ofPlatform().daemon().start(() -> call(load, agent));
      agent.run();
    } catch (SetupException e) {
      System.err.println("no live capture in this training: " + e.getMessage());
    }
  }

  private static void call(TrainingLoad load, Agent agent) {
    try {
      load.run();
    } catch (IOException e) {
      System.err.println("fewer requests in this training: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      agent.stop();
    }
  }
}
