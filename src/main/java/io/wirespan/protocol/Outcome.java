// SPDX-License-Identifier: Apache-2.0
package io.wirespan.protocol;

/** Whether all of an exchange was seen and, if not, the first thing that went wrong. */
public enum Outcome {
  COMPLETE("complete"),
  /** The connection ended in order, and no response had come. */
  NO_RESPONSE("no-response"),
  /** A response whose request was not captured. */
  NO_REQUEST("no-request"),
  /** Bytes that were needed to go on were not captured. */
  GAP("gap"),
  /** A packet was captured with fewer bytes than were needed. */
  TRUNCATED("truncated"),
  /** The connection was reset before the response was complete. */
  RESET("reset"),
  /** The bytes are not valid HTTP from some point on. */
  PARSE_ERROR("parse-error"),
  /** The connection was closed in the middle of a message. */
  ABORTED("aborted"),
  /** Not finished when the capture ended. */
  STILL_OPEN("still-open"),
  /** Its connection was dropped from a full table, or was idle for too long. */
  EVICTED("evicted"),
  /** Its header fields refer to others that went before the capture began. */
  JOINED("joined");

  private final String text;

  Outcome(String text) {
    this.text = text;
  }

  /** The reason as outputs write it, {@code "no-response"} for instance. */
  public String text() {
    return text;
  }
}
