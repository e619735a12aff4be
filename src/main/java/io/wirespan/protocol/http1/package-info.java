// SPDX-License-Identifier: Apache-2.0
/**
 * HTTP/1.0 and HTTP/1.1: framing (RFC 9112) and the matching of responses to requests.
 *
 * <p>Imports {@code protocol}, {@code tcp} and {@code capture}.
 */
package io.wirespan.protocol.http1;
