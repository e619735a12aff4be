// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.capture.Protocol;
import io.wirespan.capture.TraceRules;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Locale;

/**
 * Ports and destinations as options write them.
 *
 * <pre>
 *   port         PORT[=PROTOCOL]
 *   destination  [ADDRESS[/PREFIX]:]PORT[=PROTOCOL]
 *   address      10.0.0.1 or [2001:db8::1]; a prefix may stand in or after the brackets
 * </pre>
 */
final class Destinations {
  private static final int MAX_PORT = 65_535;
  private static final String IPV4 = "[0-9]{1,3}(\\.[0-9]{1,3}){3}";
  private static final String IPV6 = "[0-9a-fA-F:.]*:[0-9a-fA-F:.]*";
  private static final InetAddress ANY = InetAddress.ofLiteral("0.0.0.0");

  private Destinations() {}

  static TraceRules.Port port(OptionValue value) throws InvalidOptionException {
    return new TraceRules.Port(portNumber(value, value.before('=').text()), protocol(value));
  }

  static TraceRules.Destination destination(OptionValue value) throws InvalidOptionException {
    String text = value.before('=').text();
    int colon = text.lastIndexOf(':');
    // A colon inside of brackets belongs to the address; then the port is missing.
    boolean hasPort = colon > text.lastIndexOf(']');
    String port = hasPort ? text.substring(colon + 1) : text;
    if (colon < 0) {
      return new TraceRules.Destination(ANY, 0, portNumber(value, port), protocol(value));
    }
    int portNumber = portNumber(value, port);
    String network = text.substring(0, colon);
    String plain = network.replaceAll("^\\[([^\\[\\]]*)](/[0-9]+)?$", "$1$2");
    if (plain.equals(network) && network.indexOf(':') >= 0) {
      throw value.invalid("an IPv6 address stands in brackets: [2001:db8::1]:80");
    }
    int slash = plain.indexOf('/');
    InetAddress address = address(value, slash < 0 ? plain : plain.substring(0, slash));
    int bits = Byte.SIZE * address.getAddress().length;
    int prefix = slash < 0 ? bits : prefix(value, plain.substring(slash + 1), bits);
    return new TraceRules.Destination(address, prefix, portNumber, protocol(value));
  }

  private static InetAddress address(OptionValue value, String text) throws InvalidOptionException {
    // Names would be looked up, and short forms such as 10.1 would be completed.
    if (text.matches(IPV4) || text.matches(IPV6)) {
      try {
        return InetAddress.ofLiteral(text);
      } catch (IllegalArgumentException e) {
        throw value.invalid(text + " is not an IP address");
      }
    }
    throw value.invalid(text + " is not an IP address");
  }

  private static int prefix(OptionValue value, String text, int bits)
      throws InvalidOptionException {
    if (text.matches("[0-9]{1,3}") && Integer.parseInt(text) <= bits) {
      return Integer.parseInt(text);
    }
    throw value.invalid("/" + text + " is not a prefix length (0 to " + bits + ")");
  }

  private static int portNumber(OptionValue value, String text) throws InvalidOptionException {
    if (text.matches("[0-9]{1,5}")) {
      int port = Integer.parseInt(text);
      if (port >= 1 && port <= MAX_PORT) {
        return port;
      }
    }
    throw value.invalid(
        (text.isEmpty() ? "nothing" : text) + " is not a port (1 to " + MAX_PORT + ")");
  }

  private static Protocol protocol(OptionValue value) throws InvalidOptionException {
    int equals = value.text().indexOf('=');
    if (equals < 0) {
      return Protocol.HTTP;
    }
    String name = value.text().substring(equals + 1);
    return Arrays.stream(Protocol.values())
        .filter(protocol -> protocol.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(() -> value.invalid("unknown protocol " + name + " (http, http2 or tcp)"));
  }
}
