// SPDX-License-Identifier: Apache-2.0
/**
 * The packets of slow or failed exchanges, written to files for whoever wants to look into them.
 *
 * <p>Imports {@code protocol}, {@code tcp} and {@code capture}. Sees packets as the connections'
 * {@link io.wirespan.tcp.ConnectionObserver}; the ids of an exchange come from the outputs, by way
 * of the agent.
 */
package io.wirespan.evidence;
