// SPDX-License-Identifier: Apache-2.0
/**
 * Packets and where they come from: the packet flyweight, what to trace, capture files.
 *
 * <p>Imports nothing of Wirespan.
 */
package io.wirespan.capture;
