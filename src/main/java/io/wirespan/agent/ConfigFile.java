// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.agent.OptionValue.Origin;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * Options from a YAML file: a mapping from their names to a value or a list of values. Read as
 * nodes and not as objects, so that each value keeps its text and its line.
 */
final class ConfigFile {
  private final String name;
  private final Map<Option, List<OptionValue>> values = new EnumMap<>(Option.class);

  private ConfigFile(String name) {
    this.name = name;
  }

  /**
   * @param file the option that names the file
   * @throws InvalidOptionException if the file is not there or not what it should be
   */
  static OptionValues read(OptionValue file) throws InvalidOptionException {
    Path path = Path.of(file.text());
    try {
      return parse(file.text(), Files.readString(path));
    } catch (NoSuchFileException e) {
      throw file.invalid("no such file");
    } catch (CharacterCodingException e) {
      throw file.invalid("not UTF-8 text");
    } catch (IOException e) {
      throw file.invalid("cannot be read (" + e.getMessage() + ")");
    }
  }

  static OptionValues parse(String name, String yaml) throws InvalidOptionException {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(name)
            .setSchema(new CoreSchema())
            .setAllowNonScalarKeys(true)
            .build();
    ConfigFile file = new ConfigFile(name);
    try {
      Optional<Node> root = new Compose(settings).composeString(yaml);
      if (root.isPresent() && !isNull(root.get())) {
        file.readRoot(root.get());
      }
      return OptionValues.of(file.values);
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      throw new InvalidOptionException(name + ":" + line + ": " + e.getProblem());
    } catch (YamlEngineException e) {
      throw new InvalidOptionException(name + ": " + e.getMessage());
    }
  }

  private void readRoot(Node root) throws InvalidOptionException {
    if (!(root instanceof MappingNode mapping)) {
      throw invalid(root, "a mapping from options to values is expected");
    }
    for (NodeTuple entry : mapping.getValue()) {
      readOption(entry.getKeyNode(), entry.getValueNode());
    }
  }

  private void readOption(Node key, Node value) throws InvalidOptionException {
    if (!(key instanceof ScalarNode keyText)) {
      throw invalid(key, "the name of an option is expected");
    }
    Option option =
        Option.ofKey(keyText.getValue())
            .filter(known -> known != Option.CONFIG)
            .orElseThrow(() -> invalid(key, "unknown option " + keyText.getValue()));
    if (values.containsKey(option)) {
      throw invalid(key, option.key() + " is given twice");
    }
    List<OptionValue> read = new ArrayList<>();
    if (value instanceof SequenceNode sequence && option.list()) {
      for (Node element : sequence.getValue()) {
        read.add(readValue(option, element));
      }
    } else {
      read.add(readValue(option, value));
    }
    if (!read.isEmpty()) {
      values.put(option, read);
    }
  }

  private OptionValue readValue(Option option, Node node) throws InvalidOptionException {
    if (isNull(node)) {
      throw invalid(node, option.key() + " has no value");
    }
    if (node instanceof ScalarNode scalar) {
      String place = name + ":" + line(node) + ": " + option.key() + ": ";
      return new OptionValue(Origin.FILE, place, scalar.getValue());
    }
    String expected = option.list() ? "a value or a list of values" : "a single value";
    throw invalid(node, option.key() + " takes " + expected);
  }

  private static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  private InvalidOptionException invalid(Node node, String why) {
    return new InvalidOptionException(name + ":" + line(node) + ": " + why);
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }
}
