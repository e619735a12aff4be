// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Follows every connection and writes down what it is told. */
public final class RecordingHandlers implements StreamHandlerFactory {
  public final List<Recording> connections = new ArrayList<>();

  /** Whether they need no more than the number of what was skipped. */
  public boolean takesSkipped = true;

  /** In the order of their {@code onClose}. */
  public final List<Recording> closed = new ArrayList<>();

  /** One connection's story. */
  public final class Recording implements StreamHandler {
    public final Connection connection;
    public final Flow flow;

    /** For instance {@code "> data 0 GET"}, {@code "< gap 5+10 LOST"}, {@code "close FINISHED"}. */
    public final List<String> events = new ArrayList<>();

    /** {@code packet number/packets before>through of client/… of server}, one for each stamp. */
    public final List<String> stamps = new ArrayList<>();

    private final ByteArrayOutputStream[] streams = {
      new ByteArrayOutputStream(), new ByteArrayOutputStream()
    };
    private final long[] next = new long[2];

    Recording(Connection connection) {
      this.connection = connection;
      this.flow = connection.flow();
    }

    /** What was delivered of a direction, missing bytes as zeros. */
    public byte[] stream(Direction direction) {
      return streams[direction.ordinal()].toByteArray();
    }

    @Override
    public void onData(Direction direction, ByteBuf data, long offset, PacketStamp stamp) {
      String text = data.toString(StandardCharsets.ISO_8859_1);
      advance(direction, offset, data.readableBytes());
      byte[] bytes = new byte[data.readableBytes()];
      data.readBytes(bytes);
      streams[direction.ordinal()].writeBytes(bytes);
      events.add(arrow(direction) + " data " + offset + " " + text);
      note(stamp);
    }

    @Override
    public void onGap(
        Direction direction, long offset, long length, GapCause cause, PacketStamp stamp) {
      advance(direction, offset, length);
      streams[direction.ordinal()].writeBytes(new byte[Math.toIntExact(length)]);
      events.add(arrow(direction) + " gap " + offset + "+" + length + " " + cause);
      note(stamp);
    }

    @Override
    public boolean onSkipped(Direction direction, long offset, long length, PacketStamp stamp) {
      if (!takesSkipped) {
        return false;
      }
      advance(direction, offset, length);
      events.add(arrow(direction) + " skipped " + offset + "+" + length);
      note(stamp);
      return true;
    }

    @Override
    public void onRetransmission(Direction direction, long offset, int length) {
      events.add(arrow(direction) + " again " + offset + "+" + length);
    }

    @Override
    public void onOutOfOrder(Direction direction, long offset, int length) {
      events.add(arrow(direction) + " early " + offset + "+" + length);
    }

    @Override
    public void onEnd(Direction direction, PacketStamp stamp) {
      events.add(arrow(direction) + " end");
      note(stamp);
    }

    @Override
    public void onClose(CloseReason reason, long epochNanos) {
      events.add("close " + reason);
      closed.add(this);
    }

    private void advance(Direction direction, long offset, long length) {
      if (offset != next[direction.ordinal()] || length <= 0) {
        throw new AssertionError("offset=" + offset + " length=" + length + " after " + events);
      }
      next[direction.ordinal()] += length;
    }

    private void note(PacketStamp stamp) {
      stamps.add(
          stamp.packetNumber()
              + "/"
              + stamp.packetsBefore(Direction.CLIENT_TO_SERVER)
              + ">"
              + stamp.packetsThrough(Direction.CLIENT_TO_SERVER)
              + "/"
              + stamp.packetsBefore(Direction.SERVER_TO_CLIENT)
              + ">"
              + stamp.packetsThrough(Direction.SERVER_TO_CLIENT));
    }

    private static String arrow(Direction direction) {
      return direction == Direction.CLIENT_TO_SERVER ? ">" : "<";
    }
  }

  /** Requests begin with G, responses with H. */
  @Override
  public Sender senderOf(ByteBuf payload) {
    return switch (payload.getByte(payload.readerIndex())) {
      case 'G' -> Sender.CLIENT;
      case 'H' -> Sender.SERVER;
      default -> Sender.UNKNOWN;
    };
  }

  @Override
  public StreamHandler open(Connection connection) {
    Recording recording = new Recording(connection);
    connections.add(recording);
    return recording;
  }

  /** The only connection there was. */
  public Recording only() {
    if (connections.size() != 1) {
      throw new AssertionError("connections=" + connections.size());
    }
    return connections.getFirst();
  }
}
