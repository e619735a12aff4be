// SPDX-License-Identifier: Apache-2.0
/**
 * Live capture: the BPF object, its attachment and the perf rings.
 *
 * <p>Imports {@code capture} and the generated bindings; the only room that sees libbpf.
 */
package io.wirespan.bpf;
