// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.SetupException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Finds the interfaces that the options name in the calling thread's network namespace. */
record InterfaceSelection(KernelInterface kernel, CaptureInterface captured) {

  /** In the order of the options, each interface once; every interface that is up by default. */
  static List<InterfaceSelection> of(LiveOptions options) throws SetupException {
    List<KernelInterface> present = KernelInterface.list();
    List<InterfaceSelection> selected = new ArrayList<>();
    if (options.interfaces().isEmpty()) {
      for (KernelInterface each : present) {
        if (each.up()) {
          add(selected, each, options, Optional.empty());
        }
      }
      if (selected.isEmpty()) {
        throw new SetupException("no network interface is up", "name one with --interface");
      }
    }
    for (LiveOptions.Selection selection : options.interfaces()) {
      add(selected, find(present, selection.nameOrIndex()), options, selection.service());
    }
    return selected;
  }

  private static void add(
      List<InterfaceSelection> selected,
      KernelInterface found,
      LiveOptions options,
      Optional<String> service) {
    if (selected.stream().noneMatch(other -> other.kernel.ifindex() == found.ifindex())) {
      selected.add(
          new InterfaceSelection(
              found,
              new CaptureInterface(
                  selected.size(),
                  found.name(),
                  found.ifindex(),
                  found.linkType(),
                  found.loopback() ? found.side() : options.side().orElse(found.side()),
                  service)));
    }
  }

  private static KernelInterface find(List<KernelInterface> present, String nameOrIndex)
      throws SetupException {
    for (KernelInterface each : present) {
      if (each.name().equals(nameOrIndex) || Integer.toString(each.ifindex()).equals(nameOrIndex)) {
        return each;
      }
    }
    String there =
        present.stream()
            .map(each -> each.name() + " (" + each.ifindex() + ")")
            .collect(Collectors.joining(", "));
    throw new SetupException("no such interface: " + nameOrIndex, "there are: " + there);
  }
}
