// SPDX-License-Identifier: Apache-2.0
/**
 * From packets to byte streams: header decoding, connections, reassembly.
 *
 * <p>Imports {@code capture} only. The room above receives a connection's bytes in order through
 * {@link io.wirespan.tcp.StreamHandler}.
 */
package io.wirespan.tcp;
