// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

/** Where the two streams of a closed connection ended: enough to recognise its late packets. */
final class LastSequences {
  /** How far late segments may lie behind a closed connection's last byte. */
  private static final int MAX_LATE = 1 << 24;

  /** How much a peer may still send that does not know yet of the reset. */
  private static final int MAX_IN_FLIGHT = 1 << 20;

  private static final int NOBODY = -1;

  /** The side that has sent a reset, if one has. */
  private int resetBy = NOBODY;

  private boolean knownOf0;
  private boolean knownOf1;
  private int of0;
  private int of1;

  void resetBy(int side) {
    resetBy = side;
  }

  void set(StreamPosition stream0, StreamPosition stream1) {
    knownOf0 = stream0.isKnown();
    knownOf1 = stream1.isKnown();
    of0 = stream0.nextSequence();
    of1 = stream1.nextSequence();
  }

  boolean isLate(Segment segment, int side) {
    if (side == 0 ? !knownOf0 : !knownOf1) {
      return false;
    }
    int ahead = segment.endSequence() - (side == 0 ? of0 : of1);
    // Who has reset the connection sends no more. If it does, the reset was not its own.
    boolean inFlight = resetBy == 1 - side;
    return ahead <= (inFlight ? MAX_IN_FLIGHT : 0) && ahead > -MAX_LATE;
  }
}
