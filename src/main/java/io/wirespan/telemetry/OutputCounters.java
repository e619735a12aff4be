// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

/**
 * What the outputs have done so far.
 *
 * @param linesWritten exchanges written to standard output
 * @param linesLost exchanges that standard output did not take
 * @param spansExported spans that the collector acknowledged
 * @param spansDropped spans given up: the queue was full, the collector away, or it refused them
 * @param spansNotSampled spans that the sampler left out
 */
public record OutputCounters(
    long linesWritten,
    long linesLost,
    long spansExported,
    long spansDropped,
    long spansNotSampled) {}
