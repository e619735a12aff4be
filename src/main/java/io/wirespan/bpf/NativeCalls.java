// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.wirespan.capture.SetupException;
import io.wirespan.generated.LibBpf;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;

/**
 * Errors of native calls: functions that return -1 or NULL leave their error in {@code errno},
 * which the JVM may overwrite before a second call could ask for it, so that it is captured with
 * the call itself. Functions of libbpf that return an int return the negated error.
 */
final class NativeCalls {
  private static final String LIBRARY = "libbpf.so.1";
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO =
      STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

  /** One per thread: a call's state is read right after the call. */
  private static final ThreadLocal<MemorySegment> CAPTURED =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE));

  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int EACCES = 13;
  static final int EEXIST = 17;
  static final int ENODEV = 19;
  static final int EINVAL = 22;

  private NativeCalls() {}

  /** The address of a function of libbpf or the C library. */
  static MemorySegment symbol(String function) {
    return Library.SYMBOLS.find(function).orElseThrow();
  }

  /** Loaded for good: once {@link #requireLibrary} has said that it can be. */
  private static final class Library {
    private static final SymbolLookup SYMBOLS =
        SymbolLookup.libraryLookup(LIBRARY, Arena.global())
            .or(Linker.nativeLinker().defaultLookup());
  }

  /** The memory that takes the errno of this thread's calls. */
  static MemorySegment captured() {
    return CAPTURED.get();
  }

  /** The errno of this thread's last call of a {@link NativeFunction}. */
  static int errno() {
    return captured().get(JAVA_INT, ERRNO);
  }

  /** "Operation not permitted (EPERM)" and the like. */
  static String describe(int errno) {
    return errorText(errno) + " (errno=" + errno + ")";
  }

  /** A C string, or empty for a null pointer. */
  static String text(MemorySegment string) {
    return string.equals(MemorySegment.NULL) ? "" : string.reinterpret(Long.MAX_VALUE).getString(0);
  }

  /**
   * A pointer in native memory.
   *
   * <p>Not by way of {@code ADDRESS}, whose handle takes a start 30 ms: a pointer is as wide as a
   * {@code long} wherever Java has a linker.
   */
  static MemorySegment pointer(MemorySegment segment, long offset) {
    return MemorySegment.ofAddress(segment.get(JAVA_LONG, offset));
  }

  /** Writes a pointer, see {@link #pointer}; the caller keeps what it points to alive. */
  static void pointer(MemorySegment segment, long offset, MemorySegment to) {
    segment.set(JAVA_LONG, offset, to.address());
  }

  /** Fails with a hint if the library that everything else in this room needs is not there. */
  static void requireLibrary() throws SetupException {
    try {
      SymbolLookup.libraryLookup(LIBRARY, Arena.global());
    } catch (IllegalArgumentException e) {
      throw new SetupException(
          LIBRARY + " cannot be loaded",
          "install libbpf 1.x (Debian, Ubuntu: apt-get install libbpf1)");
    }
  }

  /** What an unexpected exception from a method handle becomes: a fault in this program. */
  static AssertionError fault(Throwable cause) {
    return new AssertionError("a native call failed in the JVM", cause);
  }

  private static String errorText(int errno) {
    return text(LibBpf.strerror(errno));
  }

  /** The bytes of an array in native memory that {@code arena} owns. */
  static MemorySegment copy(Arena arena, byte[] bytes) {
    MemorySegment segment = arena.allocate(bytes.length, ValueLayout.JAVA_LONG.byteSize());
    MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, 0, bytes.length);
    return segment;
  }
}
