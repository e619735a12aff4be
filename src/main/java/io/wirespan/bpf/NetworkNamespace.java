// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import io.wirespan.capture.SetupException;
import io.wirespan.generated.LibBpf;
import java.lang.foreign.Arena;

/**
 * A network namespace that the current thread can work in, see setns(2). Only the calling thread
 * moves; interfaces are looked up and hooks attached in the namespace that it is in.
 */
final class NetworkNamespace implements AutoCloseable {
  private static final String NAMED = "/var/run/netns/";

  private final String path;
  private final int descriptor;

  private NetworkNamespace(String path, int descriptor) {
    this.path = path;
    this.descriptor = descriptor;
  }

  /** The namespace that the calling thread is in. */
  static NetworkNamespace current() throws SetupException {
    return openPath("/proc/thread-self/ns/net");
  }

  /**
   * @param pathOrPid a path, the id of a process, or a name that {@code ip netns} gave
   */
  static NetworkNamespace open(String pathOrPid) throws SetupException {
    if (pathOrPid.chars().allMatch(Character::isDigit) && !pathOrPid.isEmpty()) {
      return openPath("/proc/" + pathOrPid + "/ns/net");
    }
    return openPath(pathOrPid.contains("/") ? pathOrPid : NAMED + pathOrPid);
  }

  /** A scope in which the calling thread works in this namespace. */
  Scope enter() throws SetupException {
    NetworkNamespace before = current();
    int errno = moveTo(this);
    if (errno != 0) {
      before.close();
      throw new SetupException(
          "cannot enter network namespace " + path + ": " + NativeCalls.describe(errno),
          errno == NativeCalls.EPERM
              ? "run as root, or with CAP_SYS_ADMIN"
              : "name a network namespace: a path, a process id, or a name of 'ip netns'");
    }
    return new Scope(before);
  }

  /** Returns to the namespace that the thread came from. */
  static final class Scope implements AutoCloseable {
    private final NetworkNamespace before;

    private Scope(NetworkNamespace before) {
      this.before = before;
    }

    @Override
    public void close() {
      int errno = moveTo(before);
      before.close();
      if (errno != 0) {
        // Staying would make every later look-up answer for the wrong namespace.
        throw new IllegalStateException(
            "cannot return to network namespace: " + NativeCalls.describe(errno));
      }
    }
  }

  @Override
  public void close() {
    NativeFunction.CLOSE.call(descriptor);
  }

  private static NetworkNamespace openPath(String path) throws SetupException {
    try (Arena arena = Arena.ofConfined()) {
      int descriptor =
          NativeFunction.OPEN.callInt(
              arena.allocateFrom(path).address(), LibBpf.O_RDONLY() | LibBpf.O_CLOEXEC());
      if (descriptor < 0) {
        throw new SetupException(
            "cannot open network namespace "
                + path
                + ": "
                + NativeCalls.describe(NativeCalls.errno()),
            "name an existing one: a path, a process id, or a name of 'ip netns'");
      }
      return new NetworkNamespace(path, descriptor);
    }
  }

  /** 0, or the errno. */
  private static int moveTo(NetworkNamespace target) {
    int result = NativeFunction.SETNS.callInt(target.descriptor, LibBpf.CLONE_NEWNET());
    return result == 0 ? 0 : NativeCalls.errno();
  }
}
