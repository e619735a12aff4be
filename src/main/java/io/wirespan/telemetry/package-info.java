// SPDX-License-Identifier: Apache-2.0
/**
 * From exchanges to outputs: console, JSON lines, OpenTelemetry spans, the accounting line.
 *
 * <p>Imports {@code protocol}, {@code tcp} and {@code capture}; the only room that knows
 * OpenTelemetry.
 */
package io.wirespan.telemetry;
