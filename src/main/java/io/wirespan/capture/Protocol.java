// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

/** The application protocol that an operator declares for a port. Numbers as in the BPF maps. */
public enum Protocol {
  HTTP(1),
  HTTP2(2),
  TCP(3);

  private final int number;

  Protocol(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }
}
