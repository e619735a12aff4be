// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import io.wirespan.bpf.TestNetwork;
import java.io.IOException;

/**
 * VLAN 5 over an interface, made by a program: frames of the TAP interface {@code tap5} leave
 * through the interface with a tag, and come back without. The kernel takes the tag of an incoming
 * frame out of its bytes (an accelerated tag), so that both places of a tag occur.
 */
final class VlanTap {
  private VlanTap() {}

  static void start(Testbed testbed, String namespace, String link, String address)
      throws IOException {
    testbed.start(namespace, Python.program("vlan_tap.py", link)).awaitLine("up");
    TestNetwork.ip("-n", namespace, "addr", "add", address, "dev", "tap5");
    // Room for the tag, and no checksums left to a device that there is not.
    TestNetwork.ip("-n", namespace, "link", "set", "tap5", "mtu", "1400", "up");
  }
}
