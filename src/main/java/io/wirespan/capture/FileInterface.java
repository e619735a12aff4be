// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

/** An interface as one section of a capture file describes it. */
final class FileInterface {
  private final CaptureInterface capturedOn;
  private final TimestampUnit timestampUnit;
  private final long snapLength;
  private long lost;

  /**
   * @param snapLength bytes kept of a packet at most; 0 if there is no such limit
   */
  FileInterface(CaptureInterface capturedOn, TimestampUnit timestampUnit, long snapLength) {
    this.capturedOn = capturedOn;
    this.timestampUnit = timestampUnit;
    this.snapLength = snapLength;
  }

  CaptureInterface capturedOn() {
    return capturedOn;
  }

  TimestampUnit timestampUnit() {
    return timestampUnit;
  }

  boolean supported() {
    return capturedOn.linkType() != LinkType.UNSUPPORTED;
  }

  /** Bytes that a packet of this length on the wire is captured with. */
  long capturedOf(long originalLength) {
    return snapLength == 0 ? originalLength : Math.min(originalLength, snapLength);
  }

  /** Takes a cumulative count of packets that the capture lost; the packets that this adds. */
  long lostSoFar(long total) {
    long more = Math.max(0, total - lost);
    lost += more;
    return more;
  }
}
