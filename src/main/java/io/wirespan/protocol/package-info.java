// SPDX-License-Identifier: Apache-2.0
/**
 * From byte streams to exchanges: protocol detection, decoding, matching requests to responses.
 *
 * <p>Imports {@code tcp} and {@code capture}. Finished exchanges go to an {@link
 * io.wirespan.protocol.ExchangeHandler} in the order in which they end.
 */
package io.wirespan.protocol;
