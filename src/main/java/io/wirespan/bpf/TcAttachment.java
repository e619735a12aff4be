// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.SetupException;
import io.wirespan.generated.LibBpf;
import io.wirespan.generated.bpf_tc_hook;
import io.wirespan.generated.bpf_tc_opts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A program on the ingress or egress hook of an interface in the calling thread's network
 * namespace. Programs of others on the same hook are never touched.
 */
sealed interface TcAttachment extends AutoCloseable {

  /** Detaches the program. */
  @Override
  void close();

  /** A tcx link where the kernel has them (Linux 6.6), else a filter of a clsact qdisc. */
  static TcAttachment attach(int program, int ifindex, PacketDirection direction)
      throws SetupException {
    int link = NativeFunction.BPF_LINK_CREATE.callInt(program, ifindex, TcxLink.type(direction), 0);
    if (link >= 0) {
      return new TcxLink(link);
    }
    if (link != -NativeCalls.EINVAL) {
      throw failure("a tcx link", ifindex, -link);
    }
    return ClsactFilter.attach(program, ifindex, direction);
  }

  private static SetupException failure(String what, int ifindex, int error) {
    return new SetupException(
        "cannot attach "
            + what
            + " to the interface with ifindex "
            + ifindex
            + ": "
            + NativeCalls.describe(error),
        error == NativeCalls.EPERM ? "run as root, or with CAP_NET_ADMIN" : "");
  }

  /** Held by its descriptor: the kernel detaches it when the process ends, however it ends. */
  record TcxLink(int descriptor) implements TcAttachment {
    // enum bpf_attach_type of linux/bpf.h; the headers of libbpf 1.1 do not have them yet.
    private static final int BPF_TCX_INGRESS = 46;
    private static final int BPF_TCX_EGRESS = 47;

    private static int type(PacketDirection direction) {
      return direction == PacketDirection.EGRESS ? BPF_TCX_EGRESS : BPF_TCX_INGRESS;
    }

    @Override
    public void close() {
      NativeFunction.CLOSE.call(descriptor);
    }
  }

  /**
   * A filter of our own handle and priority, so that a restart after a crash replaces what was left
   * behind and nothing of others is ever removed. The clsact qdisc stays: others may use it.
   */
  record ClsactFilter(int ifindex, PacketDirection direction, NetworkNamespace namespace)
      implements TcAttachment {
    static final int HANDLE = 0x5752; // "WR"
    static final int PRIORITY = 0xc0de;

    static ClsactFilter attach(int program, int ifindex, PacketDirection direction)
        throws SetupException {
      NetworkNamespace namespace = NetworkNamespace.current();
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment hook = hook(arena, ifindex, direction);
        int error = -LibBpf.bpf_tc_hook_create(hook);
        if (error != 0 && error != NativeCalls.EEXIST) {
          namespace.close();
          throw failure("a clsact qdisc", ifindex, error);
        }
        MemorySegment options = options(arena);
        bpf_tc_opts.prog_fd(options, program);
        bpf_tc_opts.flags(options, LibBpf.BPF_TC_F_REPLACE());
        error = -LibBpf.bpf_tc_attach(hook, options);
        if (error != 0) {
          namespace.close();
          throw failure("a tc filter", ifindex, error);
        }
        return new ClsactFilter(ifindex, direction, namespace);
      }
    }

    @Override
    public void close() {
      try (namespace;
          NetworkNamespace.Scope _ = namespace.enter();
          Arena arena = Arena.ofConfined()) {
        LibBpf.bpf_tc_detach(hook(arena, ifindex, direction), options(arena));
      } catch (SetupException e) {
        // The namespace cannot be entered any more; it takes its interfaces and filters along.
        return;
      }
    }

    private static MemorySegment hook(Arena arena, int ifindex, PacketDirection direction) {
      MemorySegment hook = arena.allocate(bpf_tc_hook.layout());
      bpf_tc_hook.sz(hook, bpf_tc_hook.sizeof());
      bpf_tc_hook.ifindex(hook, ifindex);
      bpf_tc_hook.attach_point(
          hook,
          direction == PacketDirection.EGRESS ? LibBpf.BPF_TC_EGRESS() : LibBpf.BPF_TC_INGRESS());
      return hook;
    }

    private static MemorySegment options(Arena arena) {
      MemorySegment options = arena.allocate(bpf_tc_opts.layout());
      bpf_tc_opts.sz(options, bpf_tc_opts.sizeof());
      bpf_tc_opts.handle(options, HANDLE);
      bpf_tc_opts.priority(options, PRIORITY);
      return options;
    }
  }
}
