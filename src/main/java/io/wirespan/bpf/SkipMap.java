// SPDX-License-Identifier: Apache-2.0
package io.wirespan.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.wirespan.capture.SetupException;
import io.wirespan.capture.SkipControl;
import io.wirespan.generated.LibBpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Tells the BPF program what to leave out, by way of its maps {@code skips} and {@code last_skip}:
 * first what, then that there is something new.
 */
final class SkipMap implements SkipControl {
  // enum skip_kind
  private static final byte SKIP_TO_END = 1;
  private static final byte SKIP_STREAM = 2;
  private static final byte SKIP_CONNECTION = 3;

  private static final long SERIAL = EventLayout.offset(EventLayout.SKIP, "serial");
  private static final long END = EventLayout.offset(EventLayout.SKIP, "end");
  private static final long KIND = EventLayout.offset(EventLayout.SKIP, "kind");
  private static final long FOLLOW = EventLayout.offset(EventLayout.SKIP, "follow");

  private final int skips;
  private final int lastSkip;

  // Of a shared lifetime, as any thread may have something to tell.
  private final MemorySegment streamId = Arena.ofAuto().allocate(JAVA_LONG);
  private final MemorySegment skip = Arena.ofAuto().allocate(EventLayout.SKIP);
  private final MemorySegment zero = Arena.ofAuto().allocate(JAVA_INT);
  private final MemorySegment newest = Arena.ofAuto().allocate(JAVA_INT);
  private int serial;
  private long refused;

  SkipMap(BpfObject object) throws SetupException {
    skips = object.mapDescriptor(BpfObject.SKIPS_MAP);
    lastSkip = object.mapDescriptor(BpfObject.LAST_SKIP_MAP);
  }

  @Override
  public synchronized void skipTo(long stream, int endSequence, boolean follow) {
    tell(stream, SKIP_TO_END, endSequence, follow);
  }

  @Override
  public synchronized void skipStream(long stream) {
    tell(stream, SKIP_STREAM, 0, false);
  }

  @Override
  public synchronized void skipConnection(long stream) {
    tell(stream, SKIP_CONNECTION, 0, false);
    tell(stream ^ 1, SKIP_CONNECTION, 0, false);
  }

  private void tell(long stream, byte kind, int end, boolean follow) {
    // 0 is the serial of no skip.
    serial = serial == -1 ? 1 : serial + 1;
    streamId.set(JAVA_LONG, 0, stream);
    skip.set(JAVA_INT, SERIAL, serial);
    skip.set(JAVA_INT, END, end);
    skip.set(JAVA_BYTE, KIND, kind);
    skip.set(JAVA_BYTE, FOLLOW, (byte) (follow ? 1 : 0));
    newest.set(JAVA_INT, 0, serial);
    if (update(skips, streamId, skip) != 0 || update(lastSkip, zero, newest) != 0) {
      refused++;
    }
  }

  private static int update(int map, MemorySegment key, MemorySegment value) {
    return NativeFunction.BPF_MAP_UPDATE_ELEM.callInt(
        map, key.address(), value.address(), LibBpf.BPF_ANY());
  }

  /** How often the kernel did not take what it was told. */
  synchronized long refused() {
    return refused;
  }
}
