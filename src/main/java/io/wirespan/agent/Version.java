// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version that the build wrote into {@code version.properties}. */
final class Version {
  private Version() {}

  static String text() {
    Properties properties = new Properties();
    try (InputStream resource = Version.class.getResourceAsStream("version.properties")) {
      properties.load(resource);
    } catch (IOException e) {
      throw new UncheckedIOException("version.properties is part of this program", e);
    }
    return properties.getProperty("version");
  }
}
