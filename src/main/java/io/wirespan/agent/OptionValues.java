// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.agent.OptionValue.Origin;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What was asked for, by option, with values of the strongest origin only. */
final class OptionValues {
  /**
   * Kubernetes gives the address of a service named "wirespan" to every pod of its namespace, in
   * variables as container links had them: WIRESPAN_PORT=tcp://10.0.0.1:80.
   */
  private static final String SERVICE_LINK = "(tcp|udp|sctp)://.*";

  private final Map<Option, List<OptionValue>> values = new EnumMap<>(Option.class);

  private OptionValues() {}

  static OptionValues of(Map<Option, List<OptionValue>> values) {
    OptionValues result = new OptionValues();
    values.forEach((option, given) -> result.values.put(option, List.copyOf(given)));
    return result;
  }

  /** The options that the environment holds; an empty variable is one that is not set. */
  static OptionValues ofEnvironment(Map<String, String> environment) {
    OptionValues result = new OptionValues();
    for (Option option : Option.values()) {
      String text = environment.getOrDefault(option.variable(), "");
      if (!text.isBlank() && !text.matches(SERVICE_LINK)) {
        OptionValue value =
            new OptionValue(Origin.ENVIRONMENT, option.variable() + "=", text.strip());
        result.values.put(option, List.of(value));
      }
    }
    return result;
  }

  /** Adds the options that are not here yet. */
  OptionValues orElse(OptionValues weaker) {
    OptionValues result = new OptionValues();
    result.values.putAll(weaker.values);
    result.values.putAll(values);
    return result;
  }

  boolean has(Option option) {
    return values.containsKey(option);
  }

  void remove(Option option) {
    values.remove(option);
  }

  Optional<OptionValue> one(Option option) {
    return all(option).stream().findFirst();
  }

  /** The values of a list, those between commas each for itself. */
  List<OptionValue> all(Option option) {
    List<OptionValue> given = values.getOrDefault(option, List.of());
    if (!option.list()) {
      return given;
    }
    List<OptionValue> parts = new ArrayList<>();
    for (OptionValue value : given) {
      for (String part : value.text().split(",", -1)) {
        parts.add(value.part(part.strip()));
      }
    }
    return parts;
  }
}
