// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.capture.SetupException;
import io.wirespan.telemetry.ConfigurationException;
import java.io.IOException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The command. */
public final class Main {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int WRONG_ARGUMENTS = 2;

  private static final Logger LOG = LoggerFactory.getLogger(Main.class);

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(run(arguments, System.getenv()));
  }

  static int run(String[] arguments, Map<String, String> environment) {
    Invocation invocation = CommandLineParser.parse(arguments, environment);
    // No pattern switch: to make its class takes a start 5 to 12 ms.
    if (invocation instanceof Invocation.Run run) {
      return trace(run.options(), environment);
    }
    if (invocation instanceof Invocation.Print print) {
      System.out.print(print.text());
      System.out.flush();
      return DONE;
    }
    complain(((Invocation.Refused) invocation).message(), "wirespan --help shows the options");
    return WRONG_ARGUMENTS;
  }

  private static int trace(AgentOptions options, Map<String, String> environment) {
    Termination termination = Termination.install();
    int status = FAILED;
    try {
      status = trace(options, environment, termination);
    } finally {
      termination.finished(status);
    }
    return status;
  }

  private static int trace(
      AgentOptions options, Map<String, String> environment, Termination termination) {
    try {
      Agent agent = Assembly.assemble(options, environment);
      termination.whenSignalled(agent::stop);
      return trace(agent);
    } catch (ConfigurationException e) {
      complain(e.getMessage(), "");
      return WRONG_ARGUMENTS;
    } catch (SetupException e) {
      complain(e.getMessage(), e.hint());
      return FAILED;
    }
  }

  private static int trace(Agent agent) {
    try {
      agent.run();
      return agent.failed() ? FAILED : DONE;
    } catch (IOException e) {
      complain(e.getMessage(), "");
    } catch (RuntimeException e) {
      // A defect. All that was traced is flushed and accounted for; the trace is for its report.
      LOG.error("wirespan: unexpected failure", e);
    }
    return FAILED;
  }

  private static void complain(String message, String hint) {
    System.err.println("wirespan: " + message);
    if (!hint.isEmpty()) {
      System.err.println("  " + hint);
    }
  }
}
