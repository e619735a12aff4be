// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.wirespan.capture.SetupException;
import io.wirespan.generated.bpf_object_open_opts;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * The BPF object, loaded into the kernel for one interface. The first one owns the maps; those of
 * further interfaces use the same maps.
 */
final class BpfObject implements AutoCloseable {
  static final String INGRESS_PROGRAM = "wirespan_in";
  static final String EGRESS_PROGRAM = "wirespan_out";
  static final String EVENTS_MAP = "skb_events";
  static final String PORTS_MAP = "dports2proto";
  static final String DESTINATIONS_MAP = "egress_lookup_table";
  static final String SESSIONS_MAP = "sessions";
  static final String STATS_MAP = "stats";
  static final String SKIPS_MAP = "skips";
  static final String LAST_SKIP_MAP = "last_skip";

  private static final List<String> SHARED_MAPS =
      List.of(
          EVENTS_MAP,
          PORTS_MAP,
          DESTINATIONS_MAP,
          SESSIONS_MAP,
          STATS_MAP,
          SKIPS_MAP,
          LAST_SKIP_MAP);
  private static final String RESOURCE = "session_tracking.bpf.o";
  private static final int VERIFIER_LOG_CAPACITY = 1 << 20;
  private static final int VERIFIER_LOG_LINES = 12;

  private final MemorySegment object;

  private BpfObject(MemorySegment object) {
    this.object = object;
  }

  /** The compiled object out of the jar. */
  static byte[] elf() throws SetupException {
    try (InputStream resource = BpfObject.class.getResourceAsStream(RESOURCE)) {
      if (resource == null) {
        throw new SetupException(
            "this jar was built without the BPF object and can read capture files only",
            "install clang and libbpf-dev, then build again");
      }
      return resource.readAllBytes();
    } catch (IOException e) {
      throw new SetupException("cannot read the BPF object: " + e.getMessage(), "");
    }
  }

  /**
   * Opens and loads the object.
   *
   * @param shared the object whose maps this one uses, empty for the first
   */
  static BpfObject load(byte[] elf, LinkSettings settings, Optional<BpfObject> shared)
      throws SetupException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment verifierLog = arena.allocate(VERIFIER_LOG_CAPACITY);
      BpfObject opened = new BpfObject(open(arena, elf, verifierLog));
      try {
        settings.writeTo(opened.readOnlyData(arena));
        if (shared.isPresent()) {
          opened.shareMapsOf(shared.get());
        }
        int error = -NativeFunction.BPF_OBJECT__LOAD.callInt(opened.object.address());
        if (error != 0) {
          throw loadFailure(error, verifierLog);
        }
        return opened;
      } catch (SetupException e) {
        opened.close();
        throw e;
      }
    }
  }

  int mapDescriptor(String name) throws SetupException {
    return NativeFunction.BPF_MAP__FD.callInt(map(name).address());
  }

  int programDescriptor(String name) throws SetupException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment program =
          NativeFunction.BPF_OBJECT__FIND_PROGRAM_BY_NAME.callPointer(
              object.address(), arena.allocateFrom(name).address());
      if (program.equals(MemorySegment.NULL)) {
        throw new SetupException("the BPF object has no program " + name, "build it again");
      }
      return NativeFunction.BPF_PROGRAM__FD.callInt(program.address());
    }
  }

  @Override
  public void close() {
    NativeFunction.BPF_OBJECT__CLOSE.call(object.address());
  }

  private static MemorySegment open(Arena arena, byte[] elf, MemorySegment verifierLog)
      throws SetupException {
    MemorySegment options = arena.allocate(bpf_object_open_opts.layout());
    bpf_object_open_opts.sz(options, bpf_object_open_opts.sizeof());
    NativeCalls.pointer(
        options, bpf_object_open_opts.object_name$offset(), arena.allocateFrom("wirespan"));
    NativeCalls.pointer(options, bpf_object_open_opts.kernel_log_buf$offset(), verifierLog);
    bpf_object_open_opts.kernel_log_size(options, VERIFIER_LOG_CAPACITY);
    MemorySegment object =
        NativeFunction.BPF_OBJECT__OPEN_MEM.callPointer(
            NativeCalls.copy(arena, elf).address(), elf.length, options.address());
    if (object.equals(MemorySegment.NULL)) {
      throw new SetupException(
          "libbpf cannot open the BPF object: " + NativeCalls.describe(NativeCalls.errno()),
          "build the jar again");
    }
    return object;
  }

  /** The initial .rodata, of which the settings are all. */
  private MemorySegment readOnlyData(Arena arena) throws SetupException {
    MemorySegment size = arena.allocate(JAVA_LONG);
    MemorySegment data =
        NativeFunction.BPF_MAP__INITIAL_VALUE.callPointer(map(".rodata").address(), size.address());
    long expected = EventLayout.LINK_SETTINGS.byteSize();
    if (data.equals(MemorySegment.NULL) || size.get(JAVA_LONG, 0) != expected) {
      throw new SetupException(
          "the BPF object does not belong to this jar: its .rodata has "
              + size.get(JAVA_LONG, 0)
              + " bytes, not "
              + expected,
          "build the jar again");
    }
    return data.reinterpret(expected);
  }

  private void shareMapsOf(BpfObject owner) throws SetupException {
    for (String name : SHARED_MAPS) {
      int error =
          -NativeFunction.BPF_MAP__REUSE_FD.callInt(map(name).address(), owner.mapDescriptor(name));
      if (error != 0) {
        throw new SetupException(
            "cannot share the BPF map " + name + ": " + NativeCalls.describe(error), "");
      }
    }
  }

  private MemorySegment map(String name) throws SetupException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment map =
          NativeFunction.BPF_OBJECT__FIND_MAP_BY_NAME.callPointer(
              object.address(), arena.allocateFrom(name).address());
      if (map.equals(MemorySegment.NULL)) {
        throw new SetupException("the BPF object has no map " + name, "build it again");
      }
      return map;
    }
  }

  private static SetupException loadFailure(int error, MemorySegment verifierLog) {
    String message = "the kernel refused the BPF program: " + NativeCalls.describe(error);
    if (error == NativeCalls.EPERM) {
      return new SetupException(
          message, "run as root, or with CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN (sudo ./run ...)");
    }
    List<String> lines = verifierLog.getString(0).lines().toList();
    List<String> last = lines.subList(Math.max(0, lines.size() - VERIFIER_LOG_LINES), lines.size());
    return new SetupException(
        last.isEmpty() ? message : message + "\n  " + String.join("\n  ", last),
        "Linux 5.10 or later is needed; this is " + System.getProperty("os.version"));
  }
}
