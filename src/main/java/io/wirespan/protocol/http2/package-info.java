// SPDX-License-Identifier: Apache-2.0
/** HTTP/2 (RFC 9113) and gRPC over it: frames, header blocks, streams. Imports {@code protocol}. */
package io.wirespan.protocol.http2;
