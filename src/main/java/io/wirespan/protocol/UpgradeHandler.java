// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

/** Takes over a connection of which HTTP/1 has read a 101 response (RFC 9110, section 7.8). */
public interface UpgradeHandler {
  /** What follows is HTTP/2; {@code upgrade} is the request that goes on as its stream 1. */
  void upgradeToHttp2(Exchange upgrade);

  /** What follows is WebSocket; the exchange has been handed on. */
  void upgradeToWebSocket();

  /** What follows is something else; the exchange has been handed on. */
  void upgradeToOther();
}
