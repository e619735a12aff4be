// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

/**
 * Has the capture thread run before others when the CPUs are busy: it needs little, but what it is
 * not there to read in time is lost, while spans, compilation and the collector can wait.
 */
final class CapturePriority {
  private static final int PRIO_PROCESS = 0; // sys/resource.h
  private static final int CALLING_THREAD = 0; // Linux sets a thread's own, not the process's
  private static final int NICE = -10;

  private CapturePriority() {}

  /**
   * Raises that of the calling thread, and so of the threads that it will start. Without
   * CAP_SYS_NICE it stays as it is.
   */
  static void raise() {
    NativeFunction.SETPRIORITY.call(PRIO_PROCESS, CALLING_THREAD, NICE);
  }
}
