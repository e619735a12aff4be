// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.agent.OptionValue.Origin;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;

/** The command line, completed by the environment and the configuration file. */
final class CommandLineParser {
  private static final String HELP = "help";
  private static final String VERSION = "version";

  private CommandLineParser() {}

  /**
   * @param environment the WIRESPAN_* and OTEL_* variables, among others
   */
  static Invocation parse(String[] arguments, Map<String, String> environment) {
    try {
      CommandLine line = parse(arguments);
      if (line.hasOption(HELP)) {
        return new Invocation.Print(HelpText.text(Streams.OUTPUT.isTerminal()));
      }
      if (line.hasOption(VERSION)) {
        return new Invocation.Print("wirespan " + Version.text() + "\n");
      }
      return new Invocation.Run(OptionReader.read(complete(line, environment), environment));
    } catch (InvalidOptionException e) {
      return new Invocation.Refused(e.getMessage());
    }
  }

  private static CommandLine parse(String[] arguments) throws InvalidOptionException {
    for (String argument : arguments) {
      if (argument.startsWith("-") && !argument.startsWith("--")) {
        refuseLongOption(argument);
      }
    }
    DefaultParser parser =
        DefaultParser.builder()
            .setAllowPartialMatching(false)
            .setStripLeadingAndTrailingQuotes(false)
            .get();
    CommandLine line;
    try {
      line = parser.parse(specification(), arguments);
    } catch (MissingArgumentException e) {
      throw new InvalidOptionException("--" + e.getOption().getLongOpt() + ": a value is missing");
    } catch (UnrecognizedOptionException e) {
      throw new InvalidOptionException(unknown(e.getOption()));
    } catch (ParseException e) {
      throw new InvalidOptionException(e.getMessage());
    }
    if (!line.getArgList().isEmpty()) {
      throw new InvalidOptionException(line.getArgList().getFirst() + ": not an option");
    }
    return line;
  }

  /** The parser would take {@code -port 80}, {@code -port=80} and even {@code -port80}. */
  private static void refuseLongOption(String argument) throws InvalidOptionException {
    Optional<String> meant =
        flags()
            .filter(flag -> ("-" + argument).startsWith(flag))
            .max(Comparator.comparingInt(String::length));
    if (meant.isPresent()) {
      throw new InvalidOptionException(
          argument.split("=", 2)[0] + ": a long option has two dashes: " + meant.get());
    }
  }

  private static Stream<String> flags() {
    return Stream.concat(
        Stream.of(Option.values()).map(Option::flag), Stream.of("--" + HELP, "--" + VERSION));
  }

  private static String unknown(String argument) {
    String flag = argument.split("=", 2)[0];
    return Similarity.closest(flag, flags())
        .map(similar -> flag + ": no such option; did you mean " + similar + "?")
        .orElse(flag + ": no such option");
  }

  private static OptionValues complete(CommandLine line, Map<String, String> environment)
      throws InvalidOptionException {
    OptionValues stronger = given(line).orElse(OptionValues.ofEnvironment(environment));
    Optional<OptionValue> file = stronger.one(Option.CONFIG);
    return file.isPresent() ? stronger.orElse(ConfigFile.read(file.get())) : stronger;
  }

  private static OptionValues given(CommandLine line) throws InvalidOptionException {
    Map<Option, List<OptionValue>> values = new EnumMap<>(Option.class);
    for (Option option : Option.values()) {
      if (line.hasOption(option.key())) {
        String[] texts = line.getOptionValues(option.key());
        if (texts.length > 1 && !option.list()) {
          throw new InvalidOptionException(option.flag() + ": to be given once only");
        }
        values.put(
            option,
            Stream.of(texts)
                .map(text -> new OptionValue(Origin.COMMAND_LINE, option.flag() + " ", text))
                .toList());
      }
    }
    return OptionValues.of(values);
  }

  private static Options specification() {
    Options options = new Options();
    options.addOption("h", HELP, false, "");
    options.addOption("V", VERSION, false, "");
    for (Option option : Option.values()) {
      options.addOption(
          org.apache.commons.cli.Option.builder().longOpt(option.key()).hasArg().get());
    }
    return options;
  }
}
