// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wirespan.generated.LibBpf;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Whether what all functions have in common is true of each: the generated class knows them. */
class NativeFunctionTest {
  /**
   * SETPRIORITY is not in the generated class; OPEN has no descriptor of its own there, being
   * variadic: on Linux such a function takes its fixed arguments as others do.
   */
  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"OPEN", "SETPRIORITY"})
  void shouldBeTheFunctionThatTheBindingsDescribe(NativeFunction function) throws Exception {
    FunctionDescriptor descriptor = (FunctionDescriptor) bound(function, "$descriptor");

    assertThat(descriptor.argumentLayouts()).hasSize(function.parameters());
    assertThat(descriptor.argumentLayouts()).allMatch(NativeFunctionTest::fitsARegister);
    assertThat(descriptor.returnLayout().map(List::of).orElse(List.of()))
        .allMatch(NativeFunctionTest::fitsARegister);
    assertThat(function.address()).isEqualTo(bound(function, "$address"));
  }

  private static Object bound(NativeFunction function, String suffix) throws Exception {
    return LibBpf.class.getMethod(function.symbol() + suffix).invoke(null);
  }

  private static boolean fitsARegister(MemoryLayout layout) {
    return layout instanceof ValueLayout.OfInt
        || layout instanceof ValueLayout.OfLong
        || layout instanceof AddressLayout;
  }

  @Test
  void shouldKeepTheSignOfWhatIsReturned() {
    assertThat(NativeFunction.CLOSE.callInt(-1)).isEqualTo(-1);
    assertThat(NativeCalls.describe(NativeCalls.errno())).startsWith("Bad file descriptor");
  }

  @Test
  void shouldPassAddresses() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = arena.allocateFrom("/proc/self/stat");
      int descriptor = NativeFunction.OPEN.callInt(path.address(), LibBpf.O_RDONLY());

      assertThat(descriptor).isPositive();
      assertThat(NativeFunction.CLOSE.callInt(descriptor)).isZero();
    }
  }

  @Test
  void shouldWantEveryArgument() {
    assertThatThrownBy(() -> NativeFunction.CLOSE.call())
        .hasMessage("function=close given=0")
        .isInstanceOf(IllegalArgumentException.class);
  }
}
