// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

/** A setting that cannot be used. The message is one line for the operator. */
public final class ConfigurationException extends Exception {
  private static final long serialVersionUID = 1L;

  ConfigurationException(String message) {
    super(message);
  }

  ConfigurationException(String message, Throwable cause) {
    super(message, cause);
  }
}
