// SPDX-License-Identifier: Apache-2.0
package io.wirespan.capture;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.util.function.Consumer;

/** Capture files in memory, for the tests of other rooms. */
public final class Captures {
  private Captures() {}

  /** The bytes of a pcapng file with what {@code packets} hands to the handler that it is given. */
  public static byte[] pcapng(Consumer<PacketHandler> packets) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (PcapngWriter writer = new PcapngWriter(Channels.newChannel(file))) {
      packets.accept(
          packet -> {
            try {
              writer.write(packet);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file.toByteArray();
  }

  public static CaptureFileSource open(byte[] file) throws SetupException {
    return CaptureFileSource.open(
        "capture", Channels.newChannel(new ByteArrayInputStream(file)), file.length, Side.UNKNOWN);
  }
}
