// SPDX-License-Identifier: Apache-2.0
package io.wirespan.telemetry;

/**
 * What became of a request to the collector.
 *
 * @param delivered whether the collector took it, or most of it
 * @param rejectedSpans spans of a delivered request that it did not take
 * @param trouble what an operator should know; empty if all went well
 */
record ExportResult(boolean delivered, long rejectedSpans, String trouble) {
  static final ExportResult COMPLETE = new ExportResult(true, 0, "");

  static ExportResult failed(String trouble) {
    return new ExportResult(false, 0, trouble);
  }

  /** Of a request that was answered over HTTP. */
  static ExportResult ofHttp(int status, byte[] body) {
    return status / 100 == 2
        ? PartialSuccess.read(body)
        : failed("the collector answered with HTTP status " + status);
  }
}
