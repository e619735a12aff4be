// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import io.wirespan.capture.SetupException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EventLayoutTest {
  static StructLayout[] layouts() {
    return new StructLayout[] {
      EventLayout.PACKET_EVENT,
      EventLayout.SKIPPED,
      EventLayout.SKIP,
      EventLayout.LINK_SETTINGS,
      EventLayout.EGRESS_KEY,
      EventLayout.CAPTURE_STATS
    };
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void shouldEqualTheBtfOfTheObject(StructLayout layout) throws SetupException {
    Assumptions.assumeTrue(
        BpfObject.class.getResource("session_tracking.bpf.o") != null,
        "built without clang: there is no BPF object to compare with");
    Btf.Struct struct = new Btf(BpfObject.elf()).struct(layout.name().orElseThrow());

    Map<String, Integer> offsets = new LinkedHashMap<>();
    for (MemoryLayout member : layout.memberLayouts()) {
      String name = member.name().orElseThrow();
      offsets.put(name, (int) EventLayout.offset(layout, name));
    }
    assertThat(struct.size()).isEqualTo((int) layout.byteSize());
    assertThat(struct.offsets()).containsExactlyEntriesOf(offsets);
  }
}
