// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.agent.OptionValue.Origin;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParseResult;

/** The command line, completed by the environment and the configuration file. */
final class CommandLineParser {
  private static final String HELP = "--help";
  private static final String VERSION = "--version";
  private static final int HELP_WIDTH = 100;

  private static final String[] EXAMPLES = {
    "",
    "Examples:",
    "  wirespan                                  HTTP on every interface, a line for each request",
    "  wirespan --interface eth0 --port 8080     requests to port 8080 that cross eth0",
    "  wirespan --ifindex 7=checkout --egress 10.0.0.0/8:80 --output otlp",
    "  wirespan --egress [2001:db8::/32]:50051=http2",
    "  wirespan --read capture.pcap.gz --output json",
    "  tcpdump -U -w - tcp | wirespan --read -",
    "",
    "Exit status: 0 done (also when stopped by a signal), 1 set-up or output failed, 2 wrong arguments.",
  };

  private CommandLineParser() {}

  /**
   * @param environment the WIRESPAN_* and OTEL_* variables, among others
   */
  static Invocation parse(String[] arguments, Map<String, String> environment) {
    CommandLine command = new CommandLine(specification(false));
    command.setExpandAtFiles(false).setTrimQuotes(false);
    try {
      ParseResult result = command.parseArgs(arguments);
      if (result.isUsageHelpRequested()) {
        CommandLine sections = new CommandLine(specification(true));
        return new Invocation.Print(sections.getUsageMessage(Ansi.AUTO));
      }
      if (result.isVersionHelpRequested()) {
        return new Invocation.Print("wirespan " + Version.text() + "\n");
      }
      return new Invocation.Run(OptionReader.read(complete(result, environment), environment));
    } catch (CommandLine.ParameterException e) {
      return new Invocation.Refused(e.getMessage());
    } catch (InvalidOptionException e) {
      return new Invocation.Refused(e.getMessage());
    }
  }

  private static OptionValues complete(ParseResult result, Map<String, String> environment)
      throws InvalidOptionException {
    OptionValues stronger = given(result).orElse(OptionValues.ofEnvironment(environment));
    Optional<OptionValue> file = stronger.one(Option.CONFIG);
    return file.isPresent() ? stronger.orElse(ConfigFile.read(file.get())) : stronger;
  }

  private static OptionValues given(ParseResult result) {
    Map<Option, List<OptionValue>> values = new EnumMap<>(Option.class);
    for (Option option : Option.values()) {
      if (result.hasMatchedOption(option.flag())) {
        values.put(
            option,
            result.matchedOption(option.flag()).originalStringValues().stream()
                .map(text -> new OptionValue(Origin.COMMAND_LINE, option.flag() + " ", text))
                .toList());
      }
    }
    return OptionValues.of(values);
  }

  /**
   * @param sections whether options are grouped under headings, for the help text. Not for parsing:
   *     there every repetition of an option would begin a group anew.
   */
  private static CommandSpec specification(boolean sections) {
    CommandSpec specification = CommandSpec.create().name("wirespan");
    for (Option.Group group : Option.Group.values()) {
      List<OptionSpec> options = optionsOf(group);
      if (sections) {
        ArgGroupSpec.Builder section =
            ArgGroupSpec.builder().validate(false).heading("%n" + group.heading() + ":%n");
        options.forEach(section::addArg);
        specification.addArgGroup(section.build());
      } else {
        options.forEach(specification::addOption);
      }
    }
    UsageMessageSpec usage = specification.usageMessage();
    usage.width(HELP_WIDTH).sortOptions(false);
    usage.customSynopsis("wirespan [options]");
    usage.description("Turns the HTTP requests on a network interface into OpenTelemetry spans.");
    usage.footer(EXAMPLES);
    return specification;
  }

  private static List<OptionSpec> optionsOf(Option.Group group) {
    List<OptionSpec> options = new ArrayList<>();
    for (Option option : Option.values()) {
      if (option.group() == group) {
        options.add(describe(option));
      }
    }
    if (group == Option.Group.TUNING) {
      options.add(flag(HELP, "-h", "Show this text.").usageHelp(true).build());
      options.add(flag(VERSION, "-V", "Show the version.").versionHelp(true).build());
    }
    return options;
  }

  private static OptionSpec describe(Option option) {
    return OptionSpec.builder(option.flag())
        .type(option.list() ? List.class : String.class)
        .auxiliaryTypes(String.class)
        .arity("1")
        .paramLabel(option.parameter())
        .description(option.description() + (option.list() ? " Repeatable." : ""))
        .build();
  }

  private static OptionSpec.Builder flag(String name, String shortName, String description) {
    return OptionSpec.builder(shortName, name)
        .type(boolean.class)
        .arity("0")
        .description(description);
  }
}
