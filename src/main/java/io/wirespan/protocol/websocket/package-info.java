// SPDX-License-Identifier: Apache-2.0
/** WebSocket (RFC 6455) behind its opening handshake. Imports {@code protocol}. */
package io.wirespan.protocol.websocket;
