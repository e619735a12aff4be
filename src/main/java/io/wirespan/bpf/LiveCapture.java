// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import io.wirespan.capture.CaptureCounters;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.PacketHandler;
import io.wirespan.capture.PacketSource;
import io.wirespan.capture.SetupException;
import io.wirespan.generated.LibBpf;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Packets of live interfaces, as the BPF program forwards them. */
public final class LiveCapture implements PacketSource {
  /** Longest wait for a ring's wake-up mark: how late a single packet may be handed over. */
  private static final int MAX_WAIT_MILLIS = 50;

  private static final long TIMESTAMP = eventOffset("timestamp_ns");
  private static final long SENT_PACKETS = eventOffset("sent_packets");
  private static final long SENT_BYTES = eventOffset("sent_bytes");
  private static final long RECEIVED_PACKETS = eventOffset("received_packets");
  private static final long RECEIVED_BYTES = eventOffset("received_bytes");
  private static final long SYN = eventOffset("syn_ns");
  private static final long SYN_ACK = eventOffset("syn_ack_ns");
  private static final long HANDSHAKE_ACK = eventOffset("handshake_ack_ns");
  private static final long FLOW_HASH = eventOffset("flow_hash");
  private static final long LINK_ID = eventOffset("link_id");
  private static final long ORIGINAL_LENGTH = eventOffset("original_length");
  private static final long CAPTURED_LENGTH = eventOffset("captured_length");
  private static final long WIRE_PACKETS = eventOffset("wire_packets");
  private static final long EGRESS = eventOffset("egress");

  private final MonotonicClock clock = MonotonicClock.start();
  private final Packet packet = new Packet();
  private final NativeResources resources;
  private final List<CaptureInterface> interfaces;
  private final PerfBuffer ring;
  private final KernelStats stats;
  private long packets;
  private final PerfBuffer.RecordHandler onRecord = this::onRecord;
  private PacketHandler handler = ignored -> {};

  private LiveCapture(
      NativeResources resources,
      List<CaptureInterface> interfaces,
      PerfBuffer ring,
      KernelStats stats) {
    this.resources = resources;
    this.interfaces = interfaces;
    this.ring = ring;
    this.stats = stats;
  }

  /** Attaches to the interfaces; the calling thread owns the source from then on. */
  public static LiveCapture open(LiveOptions options) throws SetupException {
    NativeCalls.requireLibrary();
    LibBpfLog.redirect();
    if (options.networkNamespace().isEmpty()) {
      return attachTo(options);
    }
    try (NetworkNamespace namespace = NetworkNamespace.open(options.networkNamespace().get());
        NetworkNamespace.Scope _ = namespace.enter()) {
      return attachTo(options);
    }
  }

  private static LiveCapture attachTo(LiveOptions options) throws SetupException {
    List<InterfaceSelection> selected = InterfaceSelection.of(options);
    NativeResources resources = new NativeResources();
    try {
      BpfObject[] objects = load(selected, options, resources);
      TraceMaps.fill(objects[0], options.rules());
      PerfBuffer ring =
          resources.own(
              new PerfBuffer(
                  objects[0].mapDescriptor(BpfObject.EVENTS_MAP),
                  options.ringBytes(LibBpf.libbpf_num_possible_cpus()),
                  LibBpf.getpagesize()));
      for (int i = 0; i < objects.length; i++) {
        attach(objects[i], selected.get(i).kernel(), resources);
      }
      CapturePriority.raise();
      return new LiveCapture(
          resources,
          selected.stream().map(InterfaceSelection::captured).toList(),
          ring,
          new KernelStats(objects[0]));
    } catch (SetupException e) {
      resources.close();
      throw e;
    }
  }

  private static BpfObject[] load(
      List<InterfaceSelection> selected, LiveOptions options, NativeResources resources)
      throws SetupException {
    byte[] elf = BpfObject.elf();
    BpfObject[] objects = new BpfObject[selected.size()];
    for (int i = 0; i < objects.length; i++) {
      CaptureInterface captured = selected.get(i).captured();
      LinkSettings settings =
          new LinkSettings(
              captured.id(), captured.linkType(), captured.side(), options.rules().byContent());
      Optional<BpfObject> owner = i == 0 ? Optional.empty() : Optional.of(objects[0]);
      objects[i] = resources.own(BpfObject.load(elf, settings, owner));
    }
    return objects;
  }

  /** On loopback every packet passes egress and then ingress: one hook sees it once. */
  private static void attach(BpfObject object, KernelInterface to, NativeResources resources)
      throws SetupException {
    resources.own(
        TcAttachment.attach(
            object.programDescriptor(BpfObject.INGRESS_PROGRAM),
            to.ifindex(),
            PacketDirection.INGRESS));
    if (!to.loopback()) {
      resources.own(
          TcAttachment.attach(
              object.programDescriptor(BpfObject.EGRESS_PROGRAM),
              to.ifindex(),
              PacketDirection.EGRESS));
    }
  }

  @Override
  public int poll(PacketHandler handler, int timeoutMillis) throws IOException {
    this.handler = handler;
    int drained = ring.drain(onRecord);
    if (drained == 0 && timeoutMillis > 0) {
      ring.await(Math.min(timeoutMillis, MAX_WAIT_MILLIS));
      drained = ring.drain(onRecord);
    }
    return drained;
  }

  private void onRecord(PerfRing record) {
    packet.wrap(
        interfaces.get(record.eventInt(LINK_ID)),
        record.eventByte(EGRESS) != 0 ? PacketDirection.EGRESS : PacketDirection.INGRESS,
        record.packetBytes(),
        record.packetIndex(),
        record.eventInt(CAPTURED_LENGTH),
        record.eventInt(ORIGINAL_LENGTH),
        clock.toEpochNanos(record.eventLong(TIMESTAMP)),
        ++packets);
    packet.wirePackets(record.eventInt(WIRE_PACKETS));
    packet.flowHash(record.eventInt(FLOW_HASH));
    if (record.eventLong(SENT_PACKETS) != 0) {
      packet.flowCounters(
          record.eventLong(SENT_PACKETS),
          record.eventLong(SENT_BYTES),
          record.eventLong(RECEIVED_PACKETS),
          record.eventLong(RECEIVED_BYTES));
      packet.handshake(
          epochNanos(record.eventLong(SYN)),
          epochNanos(record.eventLong(SYN_ACK)),
          epochNanos(record.eventLong(HANDSHAKE_ACK)));
    }
    handler.onPacket(packet);
  }

  private long epochNanos(long monotonicNanos) {
    return monotonicNanos == 0 ? 0 : clock.toEpochNanos(monotonicNanos);
  }

  @Override
  public List<CaptureInterface> interfaces() {
    return interfaces;
  }

  @Override
  public long nowEpochNanos() {
    return clock.nowEpochNanos();
  }

  @Override
  public long clockCorrectionNanos() {
    return clock.correctionNanos();
  }

  @Override
  public CaptureCounters counters() {
    return stats.read();
  }

  @Override
  public void close() {
    resources.close();
  }

  private static long eventOffset(String field) {
    return EventLayout.offset(EventLayout.PACKET_EVENT, field);
  }
}
