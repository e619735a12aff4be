// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.wirespan.capture.CaptureCounters;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.Protocol;
import io.wirespan.capture.SetupException;
import io.wirespan.capture.Side;
import io.wirespan.capture.TraceRules;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveCaptureIT {
  private static final String SERVE =
      "import socket,sys\n"
          + "s=socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET)\n"
          + "s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1)\n"
          + "s.bind((sys.argv[1],int(sys.argv[2])));s.listen();print('up',flush=True)\n"
          + "c,_=s.accept()\n"
          + "while c.recv(65536):\n"
          + "  c.sendall(b'HTTP/1.1 204 No Content\\r\\n\\r\\n')\n";

  /** MAX_CAPTURE of session_tracking.h. */
  private static final int MAX_CAPTURE =
      (int)
          (65528
              - 8
              - 4
              - EventLayout.PACKET_EVENT.byteSize()
              - 2 * EventLayout.SKIPPED.byteSize());

  private TestNetwork network;

  /** A packet with a payload, as it was handed over. */
  private record Seen(
      String payload, PacketDirection direction, boolean handshake, long sent, long received) {}

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

  @Test
  void shouldForwardAnExchangeByContent() throws Exception {
    try (LiveCapture capture = open(network.server(), "srv", TraceRules.BY_CONTENT)) {
      assertThat(capture.interfaces().getFirst().side()).isEqualTo(Side.INSIDE);
      List<Seen> seen = exchange(capture, TestNetwork.SERVER_ADDRESS, 8080, "GET /x HTTP/1.1");

      assertThat(seen).extracting(Seen::payload).containsExactly("GET /x", "HTTP/1");
      assertThat(seen)
          .extracting(Seen::direction)
          .containsExactly(PacketDirection.INGRESS, PacketDirection.EGRESS);
      // SYN, ACK and request came in; the SYN-ACK and the request's ACK went out, then the
      // response.
      assertThat(seen).extracting(Seen::sent).containsExactly(3L, 3L);
      assertThat(seen).extracting(Seen::received).containsExactly(1L, 3L);
      assertThat(seen).allMatch(Seen::handshake);
      CaptureCounters counters = capture.counters();
      assertThat(counters.forwarded()).isGreaterThanOrEqualTo(2);
      assertThat(counters.lostKernel() + counters.lostRing()).isZero();
    }
  }

  @Test
  void shouldNotForwardWhatIsNoHttp() throws Exception {
    try (LiveCapture capture = open(network.server(), "srv", TraceRules.BY_CONTENT)) {
      assertThat(exchange(capture, TestNetwork.SERVER_ADDRESS, 8080, "\u0016\u0003\u0001 not"))
          .extracting(Seen::payload)
          .containsExactly("HTTP/1");
    }
  }

  @Test
  void shouldForwardIpv6() throws Exception {
    try (LiveCapture capture = open(network.client(), "cli", TraceRules.BY_CONTENT)) {
      assertThat(exchange(capture, TestNetwork.SERVER_ADDRESS_6, 8080, "GET /6 HTTP/1.1"))
          .extracting(Seen::payload)
          .containsExactly("GET /6", "HTTP/1");
    }
  }

  @Test
  void shouldForwardDeclaredPortsOnly() throws Exception {
    TraceRules rules = new TraceRules(List.of(new TraceRules.Port(8081, Protocol.HTTP)), List.of());
    try (LiveCapture capture = open(network.server(), "srv", rules)) {
      assertThat(exchange(capture, TestNetwork.SERVER_ADDRESS, 8080, "GET /no HTTP/1.1")).isEmpty();
      assertThat(exchange(capture, TestNetwork.SERVER_ADDRESS, 8081, "GET /yes HTTP/1.1"))
          .hasSize(2);
    }
    // The same port, but the workload of this interface is the one that calls it.
    try (LiveCapture capture = open(network.client(), "cli", rules)) {
      assertThat(exchange(capture, TestNetwork.SERVER_ADDRESS, 8081, "GET /out HTTP/1.1"))
          .isEmpty();
    }
  }

  @Test
  void shouldForwardDeclaredDestinationsOnly() throws Exception {
    InetAddress network10 = InetAddress.getByName("10.0.0.0");
    InetAddress network11 = InetAddress.getByName("11.0.0.0");
    TraceRules rules = outgoing(new TraceRules.Destination(network10, 8, 8080, Protocol.HTTP));
    try (LiveCapture capture = open(network.client(), "cli", rules)) {
      assertThat(exchange(capture, TestNetwork.SERVER_ADDRESS, 8080, "GET /in HTTP/1.1"))
          .hasSize(2);
      assertThat(exchange(capture, TestNetwork.SERVER_ADDRESS, 8081, "GET /port HTTP/1.1"))
          .isEmpty();
    }
    rules = outgoing(new TraceRules.Destination(network11, 8, 8080, Protocol.HTTP));
    try (LiveCapture capture = open(network.client(), "cli", rules)) {
      assertThat(exchange(capture, TestNetwork.SERVER_ADDRESS, 8080, "GET /net HTTP/1.1"))
          .isEmpty();
    }
    rules = outgoing(new TraceRules.Destination(network11, 0, 8080, Protocol.HTTP));
    try (LiveCapture capture = open(network.client(), "cli", rules)) {
      assertThat(exchange(capture, TestNetwork.SERVER_ADDRESS, 8080, "GET /any HTTP/1.1"))
          .hasSize(2);
    }
  }

  @Test
  void shouldSeeLoopbackPacketsOnce() throws Exception {
    try (LiveCapture capture = open(network.server(), "lo", TraceRules.BY_CONTENT)) {
      assertThat(
              exchange(
                  capture, network.server(), TestNetwork.SERVER_ADDRESS, 8080, "GET / HTTP/1.1"))
          .extracting(Seen::payload)
          .containsExactly("GET / ", "HTTP/1");
    }
  }

  @Test
  void shouldPieceTogetherPacketsLargerThanARecord() throws Exception {
    String download =
        "import socket\n"
            + "s=socket.create_server(('127.0.0.1',0));c=socket.create_connection(s.getsockname())\n"
            + "a,_=s.accept();c.sendall(b'GET / HTTP/1.1\\r"
            + "\\n"
            + "\\r"
            + "\\n"
            + "');a.recv(100)\n"
            + "n=20000000;sent=0;a.setblocking(False)\n"
            + "body=b'HTTP/1.1 200 OK\\r"
            + "\\n"
            + "Content-Length: 19999958\\r"
            + "\\n"
            + "\\r"
            + "\\n"
            + "'.ljust(n,b'x')\n"
            + "while n>0:\n"
            + "  try: sent+=a.send(body[sent:sent+1000000])\n"
            + "  except BlockingIOError: pass\n"
            + "  n-=len(c.recv(1000000))\n";
    try (LiveCapture capture = open(network.server(), "lo", TraceRules.BY_CONTENT)) {
      TestNetwork.run(network.server(), "python3", "-c", download);
      int[] beyondARecord = new int[1];
      while (capture.poll(packet -> assertWhole(packet, beyondARecord), 200) > 0) {}
      assertThat(beyondARecord[0]).as("packets beyond a record").isPositive();
      assertThat(capture.counters().truncated()).isZero();
    }
  }

  private static void assertWhole(Packet packet, int[] beyondARecord) {
    assertThat(packet.capturedLength()).isEqualTo(packet.originalLength());
    if (packet.originalLength() > MAX_CAPTURE) {
      beyondARecord[0]++;
      int last = packet.offset() + packet.capturedLength() - 1;
      assertThat(packet.bytes().getByte(last)).isEqualTo((byte) 'x');
      assertThat(packet.bytes().getByte(packet.offset() + MAX_CAPTURE)).isEqualTo((byte) 'x');
    }
  }

  @Test
  void shouldSeeBothEndsOnTheirOwnInterfaces() throws Exception {
    TestNetwork.ip("-n", network.server(), "link", "add", "br0", "type", "bridge");
    TestNetwork.ip("-n", network.server(), "link", "set", "br0", "up");
    LiveOptions options =
        new LiveOptions(
            List.of(selection("srv"), selection("br0")),
            Optional.of(network.server()),
            Optional.empty(),
            TraceRules.BY_CONTENT,
            LiveOptions.AUTOMATIC_RING_BYTES,
            false);
    try (LiveCapture capture = LiveCapture.open(options)) {
      assertThat(capture.interfaces())
          .extracting(each -> each.name() + " " + each.side())
          .containsExactly("srv INSIDE", "br0 OUTSIDE");
      assertThat(exchange(capture, TestNetwork.SERVER_ADDRESS, 8080, "GET / HTTP/1.1")).hasSize(2);
    }
  }

  @Test
  void shouldLeaveFiltersOfOthersAlone(@TempDir Path directory) throws Exception {
    String others = "tc filter show dev srv ingress";
    TestNetwork.run(network.server(), "tc", "qdisc", "add", "dev", "srv", "clsact");
    Path object = Files.write(directory.resolve("other.o"), BpfObject.elf());
    TestNetwork.run(
        network.server(),
        "sh",
        "-c",
        "tc filter add dev srv ingress bpf da obj " + object + " sec tc");
    String before = TestNetwork.run(network.server(), "sh", "-c", others);
    assertThat(before).contains("wirespan_in");

    open(network.server(), "srv", TraceRules.BY_CONTENT).close();
    assertThat(TestNetwork.run(network.server(), "sh", "-c", others)).isEqualTo(before);

    attachAsOnOlderKernels();
    assertThat(TestNetwork.run(network.server(), "sh", "-c", others)).isEqualTo(before);
  }

  /** What kernels without tcx get; a second attachment stands for a restart after a crash. */
  private void attachAsOnOlderKernels() throws SetupException, IOException {
    try (NetworkNamespace namespace = NetworkNamespace.open(network.server());
        NetworkNamespace.Scope _ = namespace.enter();
        BpfObject object =
            BpfObject.load(
                BpfObject.elf(),
                new LinkSettings(0, LinkType.ETHERNET, Side.INSIDE, true, false),
                Optional.empty())) {
      int ifindex =
          KernelInterface.list().stream()
              .filter(each -> each.name().equals("srv"))
              .findFirst()
              .orElseThrow()
              .ifindex();
      int program = object.programDescriptor(BpfObject.INGRESS_PROGRAM);
      TcAttachment.ClsactFilter.attach(program, ifindex, PacketDirection.INGRESS);
      try (TcAttachment _ =
          TcAttachment.ClsactFilter.attach(program, ifindex, PacketDirection.INGRESS)) {
        String during =
            TestNetwork.run(network.server(), "tc", "filter", "show", "dev", "srv", "ingress");
        assertThat(during).containsOnlyOnce("handle 0x5752 ");
      }
    }
  }

  @Test
  void shouldSayWhichInterfacesThereAre() {
    assertThatThrownBy(() -> open(network.server(), "nosuch0", TraceRules.BY_CONTENT))
        .isInstanceOfSatisfying(
            SetupException.class,
            e -> {
              assertThat(e).hasMessage("no such interface: nosuch0");
              assertThat(e.hint()).contains("srv (");
            });
    assertThatThrownBy(() -> open("/nosuch/ns", "srv", TraceRules.BY_CONTENT))
        .isInstanceOf(SetupException.class)
        .hasMessageContaining("/nosuch/ns")
        .hasMessageContaining("No such file");
  }

  private static TraceRules outgoing(TraceRules.Destination destination) {
    return new TraceRules(List.of(), List.of(destination));
  }

  private static LiveOptions.Selection selection(String name) {
    return new LiveOptions.Selection(name, Optional.empty());
  }

  private static LiveCapture open(String namespace, String name, TraceRules rules)
      throws SetupException {
    return LiveCapture.open(
        new LiveOptions(
            List.of(selection(name)),
            Optional.of(namespace),
            Optional.empty(),
            rules,
            LiveOptions.AUTOMATIC_RING_BYTES,
            false));
  }

  private List<Seen> exchange(LiveCapture capture, String address, int port, String request)
      throws Exception {
    return exchange(capture, network.client(), address, port, request);
  }

  /** One request and its 204 over a connection of its own; returns the payloads captured. */
  private List<Seen> exchange(
      LiveCapture capture, String from, String address, int port, String request) throws Exception {
    Process server =
        new ProcessBuilder(
                TestNetwork.in(
                    network.server(),
                    List.of("python3", "-c", SERVE, address, Integer.toString(port))))
            .start();
    try {
      assertThat(server.inputReader().readLine()).isEqualTo("up");
      TestNetwork.run(
          from,
          "python3",
          "-c",
          "import socket,sys\n"
              + "c=socket.create_connection((sys.argv[1],int(sys.argv[2])))\n"
              + "c.sendall(sys.argv[3].encode('latin1')+b'\\r\\n\\r\\n');c.recv(100);c.close()\n",
          address,
          Integer.toString(port),
          request);
      List<Seen> seen = new ArrayList<>();
      while (capture.poll(packet -> collect(packet, seen), 200) > 0) {}
      return seen;
    } finally {
      server.destroy();
      server.waitFor();
    }
  }

  private static void collect(Packet packet, List<Seen> seen) {
    ByteBuf bytes = packet.bytes();
    String text = bytes.toString(packet.offset(), packet.capturedLength(), ISO_8859_1);
    int payload = Math.max(text.indexOf("GET /"), text.indexOf("HTTP/1.1 204"));
    if (payload >= 0) {
      seen.add(
          new Seen(
              text.substring(payload, payload + 6),
              packet.direction(),
              packet.handshake().synEpochNanos() != 0
                  && packet.handshake().synAckEpochNanos() > packet.handshake().synEpochNanos()
                  && packet.handshake().ackEpochNanos() > packet.handshake().synAckEpochNanos(),
              packet.sentPackets(),
              packet.receivedPackets()));
    }
  }
}
