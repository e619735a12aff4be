// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import io.wirespan.capture.CaptureCounters;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.PacketHandler;
import io.wirespan.capture.PacketSource;
import io.wirespan.capture.SetupException;
import io.wirespan.capture.SkipControl;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Packets of live interfaces, as the BPF program forwards them. As a source of packets, this is the
 * first worker's; the flows are shared with those of {@link #worker}, if there are any.
 */
public final class LiveCapture implements PacketSource {
  private final MonotonicClock clock = MonotonicClock.start();
  private final NativeResources resources;
  private final List<CaptureInterface> interfaces;
  private final PerfBuffer rings;
  private final KernelStats stats;
  private final SkipMap skips;
  private final PacketSource first;

  private LiveCapture(
      NativeResources resources,
      List<CaptureInterface> interfaces,
      PerfBuffer rings,
      KernelStats stats,
      SkipMap skips) {
    this.resources = resources;
    this.interfaces = interfaces;
    this.rings = rings;
    this.stats = stats;
    this.skips = skips;
    this.first = worker(0);
  }

  /** Attaches to the interfaces for one worker. */
  public static LiveCapture open(LiveOptions options) throws SetupException {
    return open(options, 1);
  }

  /**
   * Attaches to the interfaces; the calling thread owns the source from then on.
   *
   * @param workers how many threads share the flows, this one included; the rings are emptied as
   *     far as each of them has read
   */
  public static LiveCapture open(LiveOptions options, int workers) throws SetupException {
    NativeCalls.requireLibrary();
    LibBpfLog.redirect();
    if (options.networkNamespace().isEmpty()) {
      return attachTo(options, workers);
    }
    try (NetworkNamespace namespace = NetworkNamespace.open(options.networkNamespace().get());
        NetworkNamespace.Scope _ = namespace.enter()) {
      return attachTo(options, workers);
    }
  }

  /**
   * A further worker's packets, for the thread that polls them first. To be closed by that thread,
   * and before this is.
   *
   * @param worker from 1; each may be asked for once
   */
  public PacketSource worker(int worker) {
    return new LiveWorker(
        interfaces, () -> rings.reader(worker), clock.another(), this::counters, skips);
  }

  private static LiveCapture attachTo(LiveOptions options, int workers) throws SetupException {
    List<InterfaceSelection> selected = InterfaceSelection.of(options);
    NativeResources resources = new NativeResources();
    try {
      BpfObject[] objects = load(selected, options, resources);
      TraceMaps.fill(objects[0], options.rules());
      PerfBuffer rings =
          resources.own(
              new PerfBuffer(
                  objects[0].mapDescriptor(BpfObject.EVENTS_MAP),
                  options.ringBytes(NativeFunction.LIBBPF_NUM_POSSIBLE_CPUS.callInt()),
                  NativeFunction.GETPAGESIZE.callInt(),
                  workers));
      for (int i = 0; i < objects.length; i++) {
        attach(objects[i], selected.get(i).kernel(), resources);
      }
      CapturePriority.raise();
      return new LiveCapture(
          resources,
          selected.stream().map(InterfaceSelection::captured).toList(),
          rings,
          new KernelStats(objects[0]),
          new SkipMap(objects[0]));
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
              captured.id(),
              captured.linkType(),
              captured.side(),
              options.rules().byContent(),
              options.leaveOut());
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
    return first.poll(handler, timeoutMillis);
  }

  @Override
  public List<CaptureInterface> interfaces() {
    return interfaces;
  }

  @Override
  public long nowEpochNanos() {
    return first.nowEpochNanos();
  }

  @Override
  public long clockCorrectionNanos() {
    return first.clockCorrectionNanos();
  }

  @Override
  public SkipControl skipControl() {
    return skips;
  }

  @Override
  public CaptureCounters counters() {
    return stats.read(skips.refused());
  }

  @Override
  public void close() {
    first.close();
    resources.close();
  }
}
