// SPDX-License-Identifier: Apache-2.0
/**
 * HTTP/2 (RFC 9113), and gRPC and WebSocket over it: frames, header blocks, streams.
 *
 * <p>Imports {@code protocol}, {@code protocol.websocket}, {@code tcp} and {@code capture}.
 */
package io.wirespan.protocol.http2;
