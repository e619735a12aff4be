// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.capture.FlowShare;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketSource;
import io.wirespan.capture.TraceRules;
import io.wirespan.tcp.FlowHashes;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The kernel's rings, shared by workers. */
class LiveWorkersIT {
  private static final int CALLS = 30;

  /** Calls itself over IPv4 and IPv6, each time from another port. */
  private static final String TALK =
      """
      import socket
      for family, address in ((socket.AF_INET, '%1$s'), (socket.AF_INET6, '%2$s')):
          listener = socket.socket(family)
          listener.bind((address, 0))
          listener.listen()
          for i in range(%3$d):
              client = socket.socket(family)
              client.connect(listener.getsockname()[:2])
              server, _ = listener.accept()
              client.sendall(b'GET /%%d HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' %% i)
              server.recv(1000)
              server.sendall(b'HTTP/1.1 204 No Content\\r\\n\\r\\n')
              client.recv(1000)
              client.close()
              server.close()
      """
          .formatted(TestNetwork.SERVER_ADDRESS, TestNetwork.SERVER_ADDRESS_6, CALLS);

  private TestNetwork network;

  @BeforeEach
  void makeNetwork() throws Exception {
    Privileges.assumeRootAndKernel();
    network = new TestNetwork();
  }

  @AfterEach
  void removeNetwork() throws IOException {
    if (network != null) {
      network.close();
    }
  }

  private LiveOptions options() {
    return new LiveOptions(
        List.of(
            new LiveOptions.Selection("srv", Optional.empty()),
            new LiveOptions.Selection("lo", Optional.empty())),
        Optional.of(network.server()),
        Optional.empty(),
        TraceRules.BY_CONTENT,
        LiveOptions.AUTOMATIC_RING_BYTES,
        false);
  }

  /** Its own hash of each packet it is given, which it must be given for. */
  private static Set<Integer> take(PacketSource source, FlowShare share) throws IOException {
    Set<Integer> hashes = new HashSet<>();
    int packets;
    do {
      packets = source.poll(packet -> hashes.add(check(packet, share)), 500);
    } while (packets > 0);
    return hashes;
  }

  private static int check(Packet packet, FlowShare share) {
    int hash = FlowHashes.of(packet, packet.capturedOn().id());
    assertThat(packet.flowHash()).isEqualTo(hash);
    assertThat(share.includes(hash)).isTrue();
    return hash;
  }

  @Test
  void shouldHashAsTheKernelDoesAndGiveEachFlowToOneWorker() throws Exception {
    int workers = 3;
    try (LiveCapture capture = LiveCapture.open(options(), workers);
        ExecutorService thread = Executors.newSingleThreadExecutor()) {
      TestNetwork.run(network.server(), "python3", "-c", TALK);
      Set<Integer> all = new HashSet<>(take(capture, new FlowShare(0, workers)));
      for (int i = 1; i < workers; i++) {
        int worker = i;
        Future<Set<Integer>> taken =
            thread.submit(
                () -> {
                  try (PacketSource source = capture.worker(worker)) {
                    return take(source, new FlowShare(worker, workers));
                  }
                });
        all.addAll(taken.get());
      }
      // Nearly: of 60 connections two may have the same 32 bits.
      assertThat(all).hasSizeBetween(2 * CALLS - 1, 2 * CALLS);
      assertThat(capture.counters().lostRing()).isZero();
    }
  }
}
