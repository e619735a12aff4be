// SPDX-License-Identifier: Apache-2.0
package io.wirespan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.bpf.TestNetwork;
import java.io.IOException;
import java.util.List;

/**
 * VLAN 5 over an interface, made by a program: frames of the TAP interface {@code tap5} leave
 * through the interface with a tag, and come back without. The kernel takes the tag of an incoming
 * frame out of its bytes (an accelerated tag), so that both places of a tag occur.
 */
final class VlanTap implements AutoCloseable {
  private static final String PROGRAM =
      """
      import fcntl, os, select, socket, struct, sys
      tap = os.open('/dev/net/tun', os.O_RDWR)
      fcntl.ioctl(tap, 0x400454ca, struct.pack('16sH14x', b'tap5', 0x1002))  # TUNSETIFF: TAP, NO_PI
      raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
      raw.bind((sys.argv[1], 3))
      raw.setsockopt(263, 8, 1)  # SOL_PACKET, PACKET_AUXDATA
      print('up', flush=True)
      while True:
        for ready in select.select([tap, raw], [], [])[0]:
          if ready == tap:
            frame = os.read(tap, 65536)
            raw.send(frame[:12] + b'\\x81\\x00\\x00\\x05' + frame[12:])
          else:
            frame, extra, _, address = raw.recvmsg(65536, 64)
            tag = struct.unpack('IIIHHHH', extra[0][2])[5] if extra else 0
            if tag == 5 and address[2] != socket.PACKET_OUTGOING:
              os.write(tap, frame)
      """;

  private final Process process;

  private VlanTap(Process process) {
    this.process = process;
  }

  static VlanTap start(String namespace, String link, String address) throws IOException {
    Programs.assumeInstalled("python3");
    List<String> command = TestNetwork.in(namespace, List.of("python3", "-c", PROGRAM, link));
    VlanTap tap = new VlanTap(new ProcessBuilder(command).redirectErrorStream(true).start());
    assertThat(tap.process.inputReader().readLine()).isEqualTo("up");
    TestNetwork.ip("-n", namespace, "addr", "add", address, "dev", "tap5");
    // Room for the tag, and no checksums left to a device that there is not.
    TestNetwork.ip("-n", namespace, "link", "set", "tap5", "mtu", "1400", "up");
    return tap;
  }

  @Override
  public void close() {
    Programs.end(process.toHandle());
  }
}
