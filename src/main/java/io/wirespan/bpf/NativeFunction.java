// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/**
 * The functions of libbpf and the C library that every run calls, all through one handle.
 *
 * <p>The generated class makes a handle for each function. For every signature that is new to it
 * the JVM then writes, loads and links a stub and some ten more classes, 10 ms each time, and no
 * archive holds them; the functions here have fifteen signatures. As the calling conventions of
 * Linux are, one does for all:
 *
 * <ul>
 *   <li>An integer or a pointer takes the next register for arguments, whatever its width, and of
 *       the register no more is looked at than the parameter's own bits (System V ABI for AMD64,
 *       3.2.3; AAPCS64, 6.8.2). So each argument may be widened to 64 bits: with its sign, which is
 *       what the conventions that do look at the rest, such as RISC-V's, want of an {@code int}.
 *   <li>There are six such registers, on AArch64 eight, and they are the caller's to save: one that
 *       has no parameter of its own is not looked at.
 *   <li>What is returned stands in the low bits of one register: an {@code int} is cut out of it.
 * </ul>
 *
 * <p>A test compares the functions with the generated class: that all parameters are integers and
 * pointers, and how many there are.
 */
enum NativeFunction {
  // bpf/libbpf.h
  LIBBPF_SET_PRINT(1),
  LIBBPF_NUM_POSSIBLE_CPUS(0),
  BPF_OBJECT__OPEN_MEM(3),
  BPF_OBJECT__LOAD(1),
  BPF_OBJECT__CLOSE(1),
  BPF_OBJECT__FIND_MAP_BY_NAME(2),
  BPF_OBJECT__FIND_PROGRAM_BY_NAME(2),
  BPF_PROGRAM__FD(1),
  BPF_MAP__FD(1),
  BPF_MAP__INITIAL_VALUE(2),
  BPF_MAP__REUSE_FD(2),
  PERF_BUFFER__NEW_RAW(6),
  PERF_BUFFER__EPOLL_FD(1),
  PERF_BUFFER__BUFFER_CNT(1),
  PERF_BUFFER__BUFFER(4),
  PERF_BUFFER__FREE(1),
  // bpf/bpf.h
  BPF_LINK_CREATE(4),
  BPF_MAP_LOOKUP_ELEM(3),
  BPF_MAP_UPDATE_ELEM(4),
  // The C library
  CLOSE(1),
  EPOLL_WAIT(4),
  FREEIFADDRS(1),
  GETIFADDRS(1),
  GETPAGESIZE(0),
  OPEN(2),
  SETNS(2),
  SETPRIORITY(3);

  /** Of an address, the memory that takes errno, and six arguments. */
  private static final MethodHandle HANDLE =
      Linker.nativeLinker()
          .downcallHandle(
              FunctionDescriptor.of(
                  JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
              Linker.Option.captureCallState("errno"));

  private final int parameters;
  private final MemorySegment address;

  NativeFunction(int parameters) {
    this.parameters = parameters;
    this.address = NativeCalls.symbol(symbol());
  }

  String symbol() {
    return name().toLowerCase(Locale.ROOT);
  }

  int parameters() {
    return parameters;
  }

  MemorySegment address() {
    return address;
  }

  /** Calls a function that returns an {@code int}, or nothing; see {@link #call}. */
  int callInt(long... arguments) {
    return (int) call(arguments);
  }

  /** Calls a function that returns a pointer; see {@link #call}. */
  MemorySegment callPointer(long... arguments) {
    return MemorySegment.ofAddress(call(arguments));
  }

  /**
   * Calls the function; {@link NativeCalls#errno} then tells its errno.
   *
   * @param arguments integers, and addresses of memory that the caller keeps alive
   */
  long call(long... arguments) {
    if (arguments.length != parameters) {
      throw new IllegalArgumentException("function=" + symbol() + " given=" + arguments.length);
    }
    try {
      return (long)
          HANDLE.invokeExact(
              address,
              NativeCalls.captured(),
              at(arguments, 0),
              at(arguments, 1),
              at(arguments, 2),
              at(arguments, 3),
              at(arguments, 4),
              at(arguments, 5));
    } catch (Throwable e) {
      throw NativeCalls.fault(e);
    }
  }

  private static long at(long[] arguments, int index) {
    return index < arguments.length ? arguments[index] : 0;
  }
}
