// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.capture.CaptureCounters;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.PacketSource;
import io.wirespan.capture.Side;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A live source that does at each poll what a test says, and counts nothing. */
abstract class StubSource implements PacketSource {
  static final CaptureInterface ETH0 =
      new CaptureInterface(0, "eth0", 2, LinkType.ETHERNET, Side.INSIDE, Optional.empty());

  @Override
  public List<CaptureInterface> interfaces() {
    return List.of(ETH0);
  }

  @Override
  public CaptureCounters counters() {
    return new CaptureCounters(0, 0, 0, 0, 0, Map.of());
  }

  @Override
  public void close() {}
}
