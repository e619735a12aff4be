// SPDX-License-Identifier: Apache-2.0
/**
 * WebSocket (RFC 6455) behind its opening handshake. Imports {@code protocol}, {@code tcp} and
 * {@code capture}.
 */
package io.wirespan.protocol.websocket;
