// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

/** What {@code --help} shows: the options by group, in two columns. */
final class HelpText {
  private static final int WIDTH = 100;
  private static final String OPTION_INDENT = "      ";
  private static final int DESCRIPTION_COLUMN = 29;
  private static final String NEXT_LINE = "\n" + " ".repeat(DESCRIPTION_COLUMN);

  private static final String BOLD = "\033[1m";
  private static final String PLAIN = "\033[0m";

  private static final String ENDING =
      """
        wirespan                                  HTTP on every interface, a line for each request
        wirespan --interface eth0 --port 8080     requests to port 8080 that cross eth0
        wirespan --ifindex 7=checkout --egress 10.0.0.0/8:80 --output otlp
        wirespan --egress [2001:db8::/32]:50051=http2
        wirespan --read capture.pcap.gz --output json
        tcpdump -U -w - tcp | wirespan --read -

      Exit status: 0 done (also when stopped by a signal), 1 set-up or output failed, 2 wrong arguments.
      """;

  private final StringBuilder text = new StringBuilder();
  private final boolean terminal;

  private HelpText(boolean terminal) {
    this.terminal = terminal;
  }

  /**
   * @param terminal whether the headings may stand out
   */
  static String text(boolean terminal) {
    return new HelpText(terminal).lay();
  }

  private String lay() {
    text.append("Usage: wirespan [options]\n");
    text.append("Turns the HTTP requests on a network interface into OpenTelemetry spans.\n");
    for (Option.Group group : Option.Group.values()) {
      heading(group.heading());
      for (Option option : Option.values()) {
        if (option.group() == group) {
          String repeatable = option.list() ? " Repeatable." : "";
          row(
              OPTION_INDENT + option.flag() + "=" + option.parameter(),
              option.description() + repeatable);
        }
      }
    }
    row("  -h, --help", "Show this text.");
    row("  -V, --version", "Show the version.");
    heading("Examples");
    return text.append(ENDING).toString();
  }

  private void heading(String heading) {
    text.append('\n');
    text.append(terminal ? BOLD + heading + ":" + PLAIN : heading + ":");
    text.append('\n');
  }

  /** An option that is too long for its column has a line of its own. */
  private void row(String option, String description) {
    int column = DESCRIPTION_COLUMN;
    text.append(option).repeat(' ', Math.max(0, column - option.length()));
    if (option.length() >= column) {
      text.append(NEXT_LINE);
    }
    for (String word : description.split(" ")) {
      if (column > DESCRIPTION_COLUMN && column + 1 + word.length() > WIDTH) {
        text.append(NEXT_LINE);
        column = DESCRIPTION_COLUMN;
      }
      String space = column > DESCRIPTION_COLUMN ? " " : "";
      text.append(space).append(word);
      column += space.length() + word.length();
    }
    text.append('\n');
  }
}
