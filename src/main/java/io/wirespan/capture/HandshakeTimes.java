// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

/**
 * When the kernel saw the three parts of a TCP handshake (RFC 9293, section 3.5), in epoch
 * nanoseconds; 0 for a part that it did not see. Read when asked, as most packets need none of it.
 */
public interface HandshakeTimes {
  /** Of a flow whose handshake the source knows nothing of. */
  HandshakeTimes UNKNOWN = new Known(0, 0, 0);

  /** Times that were read. */
  record Known(long synEpochNanos, long synAckEpochNanos, long ackEpochNanos)
      implements HandshakeTimes {}

  long synEpochNanos();

  long synAckEpochNanos();

  /** Of the client's acknowledgement of the SYN-ACK. */
  long ackEpochNanos();
}
