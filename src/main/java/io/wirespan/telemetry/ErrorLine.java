// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/**
 * A JSON object for a line on standard error, which begins with what it is: {@code
 * {"wirespan":"stats"}. For lines that are rare; results are written by {@link JsonText}.
 */
final class ErrorLine {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int USUAL_CAPACITY = 1024;

  /** Writes the members behind the first one. */
  interface Members {
    void write(JsonGenerator json) throws IOException;
  }

  private ErrorLine() {}

  /** Without the end of the line. */
  static String of(String kind, Members members) {
    StringWriter line = new StringWriter(USUAL_CAPACITY);
    try (JsonGenerator json = JSON.createGenerator(line)) {
      json.writeStartObject();
      json.writeStringField("wirespan", kind);
      members.write(json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("a string takes all", e);
    }
    return line.toString();
  }
}
