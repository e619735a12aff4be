// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

/**
 * One value of an option.
 *
 * @param origin where it was given
 * @param place as an error message begins: {@code "--port "}, {@code "WIRESPAN_PORT="}, {@code
 *     "wirespan.yaml:3: port: "}
 */
record OptionValue(Origin origin, String place, String text) {
  /** In order of precedence. */
  enum Origin {
    COMMAND_LINE,
    ENVIRONMENT,
    FILE
  }

  InvalidOptionException invalid(String why) {
    return new InvalidOptionException(place + text + ": " + why);
  }

  /** A part of this value, in the same place. */
  OptionValue part(String part) {
    return new OptionValue(origin, place, part);
  }

  /** What stands before {@code separator}; all of it if there is none. */
  OptionValue before(char separator) {
    int at = text.indexOf(separator);
    return at < 0 ? this : part(text.substring(0, at));
  }

  int integer(int least, int most, String what) throws InvalidOptionException {
    // Longer ones would not fit an int.
    if (text.matches("[0-9]{1,9}")) {
      int number = Integer.parseInt(text);
      if (number >= least && number <= most) {
        return number;
      }
    }
    throw invalid("not " + what + " (" + least + " to " + most + ")");
  }

  /** A number of bytes, by 1024 with k and by 1,048,576 with m. */
  int bytes(int least, int most) throws InvalidOptionException {
    if (text.matches("[0-9]{1,10}[kKmM]?")) {
      char last = Character.toLowerCase(text.charAt(text.length() - 1));
      int shift = last == 'k' ? 10 : last == 'm' ? 20 : 0;
      String digits = shift == 0 ? text : text.substring(0, text.length() - 1);
      long number = Long.parseLong(digits) << shift;
      if (number >= least && number <= most) {
        return (int) number;
      }
    }
    throw invalid("not a number of bytes (" + least + " to " + most + ")");
  }
}
