// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/** The two directions of a connection. */
public enum Direction {
  CLIENT_TO_SERVER,
  SERVER_TO_CLIENT;

  public Direction opposite() {
    return this == CLIENT_TO_SERVER ? SERVER_TO_CLIENT : CLIENT_TO_SERVER;
  }
}
