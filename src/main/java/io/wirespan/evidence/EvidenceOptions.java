// SPDX-License-Identifier: Apache-2.0
package io.wirespan.evidence;

import java.nio.file.Path;

/**
 * Which exchanges leave their packets behind, and where.
 *
 * @param directory made if it is missing
 * @param when which exchanges
 * @param maxFiles files in the directory at most, those of earlier runs included
 * @param maxBytes their size at most, all together
 */
public record EvidenceOptions(Path directory, Condition when, int maxFiles, long maxBytes) {}
