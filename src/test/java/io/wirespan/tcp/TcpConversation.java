// SPDX-License-Identifier: Apache-2.0
package io.wirespan.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.wirespan.capture.CaptureInterface;
import io.wirespan.capture.LinkType;
import io.wirespan.capture.Packet;
import io.wirespan.capture.PacketDirection;
import io.wirespan.capture.PacketHandler;
import io.wirespan.capture.Side;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * One TCP connection for tests, over Ethernet and IPv4, packet by packet: keeps both sides'
 * sequence numbers and hands each packet to a handler at once. Packets are a millisecond apart.
 *
 * <p>Conversations that share a {@link Wire} share its clock and packet numbers.
 */
public final class TcpConversation {
  /** A place where packets are captured: the time and the number of the next packet. */
  public static final class Wire {
    private final PacketHandler handler;
    private final Packet packet = new Packet();
    private CaptureInterface capturedOn =
        PacketBuilder.captureInterface(LinkType.ETHERNET, Side.UNKNOWN);
    private long epochNanos = 1_000_000_000_000_000_000L;
    private long stepNanos = 1_000_000;
    private long number;
    private int snapLength = Integer.MAX_VALUE;
    private Consumer<Packet> source = packet -> {};

    public Wire(PacketHandler handler) {
      this.handler = handler;
    }

    public Wire on(CaptureInterface capturedOn) {
      this.capturedOn = capturedOn;
      return this;
    }

    /** Time between two packets from here on. */
    public Wire stepNanos(long stepNanos) {
      this.stepNanos = stepNanos;
      return this;
    }

    /** Captured bytes of a packet from here on. */
    public Wire snapLength(int snapLength) {
      this.snapLength = snapLength;
      return this;
    }

    /** What the source adds to each packet from here on. */
    public Wire source(Consumer<Packet> source) {
      this.source = source;
      return this;
    }

    public void pause(long nanos) {
      epochNanos += nanos;
    }

    /** Time of the packet that was sent last. */
    public long epochNanos() {
      return epochNanos;
    }

    public void send(byte[] frame, PacketDirection direction) {
      epochNanos += stepNanos;
      number++;
      int captured = Math.min(snapLength, frame.length);
      // Offset and surplus capacity, as in a ring.
      ByteBuf buffer = Unpooled.buffer(frame.length + 16).writeZero(8).writeBytes(frame);
      packet.wrap(capturedOn, direction, buffer, 8, captured, frame.length, epochNanos, number);
      source.accept(packet);
      handler.onPacket(packet);
    }
  }

  private final Wire wire;
  private final String clientAddress;
  private final int clientPort;
  private final String serverAddress;
  private final int serverPort;
  private int clientInitial = 1000;
  private int serverInitial = 5000;

  /** Offsets of the next byte that each side sends, and of the next that each side expects. */
  private long clientOffset;

  private long serverOffset;
  private long clientAcked;
  private long serverAcked;
  private PacketDirection clientDirection = PacketDirection.UNKNOWN;
  private int clientWindow = 0xffff;
  private int serverWindow = 0xffff;

  public TcpConversation(PacketHandler handler) {
    this(new Wire(handler));
  }

  public TcpConversation(Wire wire) {
    this(wire, "10.0.0.1", 40_000, "10.0.0.2", 80);
  }

  public TcpConversation(
      Wire wire, String clientAddress, int clientPort, String serverAddress, int serverPort) {
    this.wire = wire;
    this.clientAddress = clientAddress;
    this.clientPort = clientPort;
    this.serverAddress = serverAddress;
    this.serverPort = serverPort;
  }

  public Wire wire() {
    return wire;
  }

  /** Initial sequence numbers; before the first packet. */
  public TcpConversation initial(int client, int server) {
    clientInitial = client;
    serverInitial = server;
    return this;
  }

  /** Where the client's packets cross the interface; the server's cross it the other way. */
  public TcpConversation clientPackets(PacketDirection direction) {
    clientDirection = direction;
    return this;
  }

  /** The window that the client announces from here on. */
  public TcpConversation clientWindow(int window) {
    clientWindow = window;
    return this;
  }

  /** The window that the server announces from here on. */
  public TcpConversation serverWindow(int window) {
    serverWindow = window;
    return this;
  }

  public TcpConversation pause(long nanos) {
    wire.pause(nanos);
    return this;
  }

  public TcpConversation syn() {
    return client(-1, PacketBuilder.SYN, new byte[0]);
  }

  public TcpConversation synAck() {
    return server(-1, PacketBuilder.SYN | PacketBuilder.ACK, new byte[0]);
  }

  public TcpConversation handshake() {
    return syn().synAck().clientAcks();
  }

  public TcpConversation clientSends(String text) {
    return clientSends(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  public TcpConversation clientSends(byte[] payload) {
    client(clientOffset, PacketBuilder.ACK | PacketBuilder.PSH, payload);
    return clientLoses(payload.length);
  }

  public TcpConversation serverSends(String text) {
    return serverSends(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  public TcpConversation serverSends(byte[] payload) {
    server(serverOffset, PacketBuilder.ACK | PacketBuilder.PSH, payload);
    return serverLoses(payload.length);
  }

  /** The client sends bytes that are not captured; the server receives them. */
  public TcpConversation clientLoses(int length) {
    clientOffset += length;
    serverAcked = Math.max(serverAcked, clientOffset);
    return this;
  }

  /** The server sends bytes that are not captured; the client receives them. */
  public TcpConversation serverLoses(int length) {
    serverOffset += length;
    clientAcked = Math.max(clientAcked, serverOffset);
    return this;
  }

  public TcpConversation clientAcks() {
    return client(clientOffset, PacketBuilder.ACK, new byte[0]);
  }

  public TcpConversation serverAcks() {
    return server(serverOffset, PacketBuilder.ACK, new byte[0]);
  }

  public TcpConversation clientFin() {
    client(clientOffset, PacketBuilder.ACK | PacketBuilder.FIN, new byte[0]);
    return clientLoses(1);
  }

  public TcpConversation serverFin() {
    server(serverOffset, PacketBuilder.ACK | PacketBuilder.FIN, new byte[0]);
    return serverLoses(1);
  }

  public TcpConversation clientResets() {
    return client(clientOffset, PacketBuilder.ACK | PacketBuilder.RST, new byte[0]);
  }

  public TcpConversation serverResets() {
    return server(serverOffset, PacketBuilder.ACK | PacketBuilder.RST, new byte[0]);
  }

  /** Any segment of the client's; {@code offset} -1 is the place of the SYN. */
  public TcpConversation client(long offset, int flags, byte[] payload) {
    byte[] tcp =
        PacketBuilder.tcp(
            clientPort,
            serverPort,
            clientInitial + 1 + (int) offset,
            (flags & PacketBuilder.ACK) != 0 ? serverInitial + 1 + (int) clientAcked : 0,
            flags,
            clientWindow,
            payload);
    send(clientAddress, serverAddress, tcp, clientDirection);
    return this;
  }

  /** Any segment of the server's; {@code offset} -1 is the place of the SYN. */
  public TcpConversation server(long offset, int flags, byte[] payload) {
    byte[] tcp =
        PacketBuilder.tcp(
            serverPort,
            clientPort,
            serverInitial + 1 + (int) offset,
            (flags & PacketBuilder.ACK) != 0 ? clientInitial + 1 + (int) serverAcked : 0,
            flags,
            serverWindow,
            payload);
    send(serverAddress, clientAddress, tcp, TraceMatcher.opposite(clientDirection));
    return this;
  }

  private void send(String source, String destination, byte[] tcp, PacketDirection direction) {
    byte[] ip = PacketBuilder.ipv4(source, destination, PacketBuilder.TCP, tcp);
    wire.send(PacketBuilder.ethernet(PacketBuilder.IPV4, ip), direction);
  }
}
