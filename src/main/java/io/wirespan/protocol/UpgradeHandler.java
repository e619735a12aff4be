// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

/**
 * Takes over a connection behind a 101 response (RFC 9110, section 7.8), or a 2xx one to CONNECT
 * (section 9.3.6).
 */
public interface UpgradeHandler {
  /** What follows is HTTP/2; {@code upgrade} is the request that goes on as its stream 1. */
  void upgradeToHttp2(Exchange upgrade);

  /** What follows is WebSocket; the exchange has been handed on. */
  void upgradeToWebSocket();

  /** What follows is something else; the exchange has been handed on. */
  void upgradeToOther();
}
