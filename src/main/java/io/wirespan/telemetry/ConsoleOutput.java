// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import io.wirespan.protocol.Detail;
import io.wirespan.protocol.Exchange;
import io.wirespan.protocol.Response;
import java.time.ZoneId;

/**
 * One aligned line an exchange, for people.
 *
 * <p>Nothing of the wire reaches the terminal but printable ASCII: the rest is percent-encoded, so
 * no target can move the cursor or fake a line.
 */
final class ConsoleOutput implements Sink {
  private static final int TIME_WIDTH = 12;
  private static final int LEAST_ADDRESS_WIDTH = 14;
  private static final int METHOD_WIDTH = 7;
  private static final int LONGEST_METHOD = 16;
  private static final int STATUS_WIDTH = 11;
  private static final int DURATION_WIDTH = 9;
  private static final int SIZE_WIDTH = 8;
  private static final int LEAST_TARGET_WIDTH = 10;
  private static final int TARGET_WIDTH_IN_FILES = 40;

  /** Below this many columns the client is left out: the target is worth more. */
  private static final int COLUMNS_FOR_CLIENT = 100;

  private final LineBuffer lines;
  private final Terminal terminal;
  private final boolean colours;
  private final boolean showClient;
  private final SecondText seconds;
  private final StringBuilder line = new StringBuilder(256);
  private final StringBuilder status = new StringBuilder(16);
  private final StringBuilder number = new StringBuilder(16);
  private final AddressWidths widths;

  /** Widths of two columns, which grow. Those of all threads stay about the same. */
  private static final class AddressWidths {
    private volatile int client = LEAST_ADDRESS_WIDTH;
    private volatile int server = LEAST_ADDRESS_WIDTH;
  }

  ConsoleOutput(LineBuffer lines, Terminal terminal, boolean colours, ZoneId zone) {
    this(lines, terminal, colours, zone, new AddressWidths());
    if (terminal.interactive()) {
      // With the first line: what the agent says as it starts comes before.
      lines.heading(header());
    }
  }

  /** The same for the lines of another thread. */
  ConsoleOutput another(LineBuffer lines) {
    return new ConsoleOutput(lines, terminal, colours, seconds.zone(), widths);
  }

  private ConsoleOutput(
      LineBuffer lines, Terminal terminal, boolean colours, ZoneId zone, AddressWidths widths) {
    this.widths = widths;
    this.lines = lines;
    this.terminal = terminal;
    this.colours = colours && terminal.interactive();
    this.showClient =
        !terminal.interactive()
            || terminal.columns() == 0
            || terminal.columns() >= COLUMNS_FOR_CLIENT;
    this.seconds = new SecondText("HH:mm:ss", zone);
  }

  private String header() {
    open(Colour.BOLD);
    cell("TIME", TIME_WIDTH + 2);
    if (showClient) {
      cell("CLIENT", widths.client + 3);
    }
    cell("SERVER", widths.server + 2);
    cell("METHOD", METHOD_WIDTH + 1);
    cell("TARGET", targetWidth() + 2);
    cell("STATUS", STATUS_WIDTH);
    right("DURATION", DURATION_WIDTH);
    right("SIZE", SIZE_WIDTH);
    close(Colour.BOLD);
    String header = line.append('\n').toString();
    line.setLength(0);
    return header;
  }

  @Override
  public void accept(ReportedExchange report) {
    Exchange exchange = report.exchange();
    writeTime(exchange.timing().start());
    writeAddresses(exchange);
    String method = shortened(methodText(exchange), LONGEST_METHOD);
    cell(method, METHOD_WIDTH);
    line.append(' ');
    composeStatus(exchange);
    // A longer column before or behind it is at the target's expense, lest the line wraps.
    int excess =
        Math.max(0, method.length() - METHOD_WIDTH) + Math.max(0, status.length() - STATUS_WIDTH);
    writeTarget(report.target().text(), excess);
    line.append("  ");
    writeStatus(Colour.of(exchange));
    HumanText.appendDuration(number, exchange.timing().end() - exchange.timing().start());
    right(number, DURATION_WIDTH);
    HumanText.appendSize(number, exchange.response().stats().bodyBytes());
    right(number, SIZE_WIDTH);
    lines.append(line);
    lines.endLine();
    line.setLength(0);
  }

  /** The method, or what else the line is. */
  private static String methodText(Exchange exchange) {
    String method = WireText.visible(exchange.request().method());
    if (!method.isEmpty()) {
      return method;
    }
    return switch (exchange.detail()) {
      case Detail.WebSocket webSocket -> "WS";
      case Detail.TcpSession session -> "TCP";
      case Detail.None none -> "-";
      case Detail.Grpc grpc -> "-";
    };
  }

  private void writeTime(long epochNanos) {
    open(Colour.DIM);
    line.append(seconds.of(epochNanos)).append('.');
    int millis = (int) (Math.floorMod(epochNanos, 1_000_000_000L) / 1_000_000);
    line.append((char) ('0' + millis / 100)).append((char) ('0' + millis / 10 % 10));
    line.append((char) ('0' + millis % 10));
    close(Colour.DIM);
    line.append("  ");
  }

  private void writeAddresses(Exchange exchange) {
    if (showClient) {
      String client = exchange.flow().client().toString();
      widths.client = Math.max(widths.client, client.length());
      cell(client, widths.client);
      line.append(" → ");
    }
    String server = exchange.flow().server().toString();
    widths.server = Math.max(widths.server, server.length());
    cell(server, widths.server);
    line.append("  ");
  }

  private void writeTarget(String target, int excess) {
    String text = WireText.visible(target.isEmpty() ? "-" : target);
    int width = Math.max(LEAST_TARGET_WIDTH, targetWidth() - excess);
    cell(terminal.interactive() && terminal.columns() > 0 ? shortened(text, width) : text, width);
  }

  private int targetWidth() {
    if (!terminal.interactive() || terminal.columns() == 0) {
      return TARGET_WIDTH_IN_FILES;
    }
    int others =
        (TIME_WIDTH + 2)
            + (showClient ? widths.client + 3 : 0)
            + (widths.server + 2)
            + (METHOD_WIDTH + 1)
            + (2 + STATUS_WIDTH)
            + (1 + DURATION_WIDTH)
            + (1 + SIZE_WIDTH);
    return Math.max(LEAST_TARGET_WIDTH, terminal.columns() - others);
  }

  private static String shortened(String text, int width) {
    return text.length() <= width ? text : text.substring(0, width - 1) + '…';
  }

  /** The status code, why the exchange is incomplete, or both: {@code 200 reset}. */
  private void composeStatus(Exchange exchange) {
    Response response = exchange.response();
    status.setLength(0);
    if (response.seen()) {
      status.append(response.status());
    }
    if (isGrpcError(exchange)) {
      status.append(" grpc:").append(grpcStatus(exchange));
    }
    if (!exchange.complete()) {
      status.append(response.seen() ? " " : "").append(exchange.outcome().text());
    }
  }

  private void writeStatus(Colour colour) {
    open(colour);
    line.append(status);
    close(colour);
    pad(STATUS_WIDTH - status.length());
  }

  private static boolean isGrpcError(Exchange exchange) {
    return grpcStatus(exchange) > 0;
  }

  private static int grpcStatus(Exchange exchange) {
    return exchange.detail() instanceof Detail.Grpc grpc ? grpc.status() : Detail.UNKNOWN;
  }

  private void cell(String text, int width) {
    line.append(text);
    pad(width - text.length());
  }

  private void right(CharSequence text, int width) {
    pad(1 + width - text.length());
    line.append(text);
    number.setLength(0);
  }

  private void pad(int count) {
    for (int i = 0; i < count; i++) {
      line.append(' ');
    }
  }

  private void open(Colour colour) {
    if (colours) {
      line.append(colour.sequence);
    }
  }

  private void close(Colour colour) {
    if (colours && colour != Colour.PLAIN) {
      line.append("\u001b[0m");
    }
  }

  @Override
  public void flushIfDue(long nowNanos) {
    lines.flushIfDue(nowNanos);
  }

  @Override
  public void flush() {
    lines.flush();
  }

  /** Select Graphic Rendition sequences of ECMA-48, section 8.3.117. */
  private enum Colour {
    PLAIN(""),
    BOLD("\u001b[1m"),
    DIM("\u001b[2m"),
    RED("\u001b[31m"),
    GREEN("\u001b[32m"),
    YELLOW("\u001b[33m"),
    MAGENTA("\u001b[35m"),
    CYAN("\u001b[36m");

    private final String sequence;

    Colour(String sequence) {
      this.sequence = sequence;
    }

    static Colour of(Exchange exchange) {
      if (!exchange.complete()) {
        return MAGENTA;
      }
      if (isGrpcError(exchange)) {
        return RED;
      }
      return switch (exchange.response().status() / 100) {
        case 2 -> GREEN;
        case 3 -> CYAN;
        case 4 -> YELLOW;
        case 5 -> RED;
        default -> PLAIN;
      };
    }
  }
}
