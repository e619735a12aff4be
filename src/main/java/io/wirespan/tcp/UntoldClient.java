// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/** Who is the client of a connection whose handshake was not seen: waits for what may tell. */
final class UntoldClient {
  /**
   * Payloads that may pass before a guess is made. A wrong one would turn every name of a long
   * connection around; calls that follow one another tell much earlier.
   */
  private static final int MAX_PAYLOADS = 256;

  private int payloads;

  /** Whether nothing better will come than what is known, or can be guessed, after a payload. */
  boolean isSettledBy(
      Segment payload, int side, ConnectionKey key, Handshake handshake, ConnectionOpener opener) {
    if (handshake.knowsClient()) {
      return true;
    }
    int client = opener.clientSideByContent(payload, side);
    if (client >= 0) {
      handshake.clientIs(client);
      return true;
    }
    return opener.portsTell(key) || payloads++ >= MAX_PAYLOADS;
  }
}
