// SPDX-License-Identifier: Apache-2.0
package io.wirespan.evidence;

/**
 * What became of the exchanges that the condition is true for.
 *
 * @param written to a file
 * @param skipped because the directory holds as much as it may
 * @param failed because the file could not be written
 * @param packetsDropped packets that were not kept for lack of memory
 */
public record EvidenceCounters(long written, long skipped, long failed, long packetsDropped) {}
