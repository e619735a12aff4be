// SPDX-License-Identifier: Apache-2.0
package io.wirespan.replay;

import static io.wirespan.tcp.PacketBuilder.ACK;
import static io.wirespan.tcp.PacketBuilder.PSH;
import static io.wirespan.tcp.PacketBuilder.SYN;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.util.Random;

/** Traffic that is meant to exhaust whoever follows it, beside one ordinary connection. */
enum HostileCapture {
  /** SYN and SYN-ACK of ever new connections. */
  HALF_OPEN {
    @Override
    void attack(PcapStream out, int scale) throws IOException {
      for (int i = 0; i < connections(scale); i++) {
        out.tcp(ATTACKER + i, 4000, SERVER, 80, 1, 0, SYN, NOTHING);
        out.tcp(SERVER, 80, ATTACKER + i, 4000, 1, 2, SYN | ACK, NOTHING);
      }
    }

    @Override
    int connections(int scale) {
      return 1_000_000 * scale;
    }
  },
  SYN_FLOOD {
    @Override
    void attack(PcapStream out, int scale) throws IOException {
      Random random = new Random(1);
      for (int i = 0; i < connections(scale); i++) {
        out.tcp(
            ATTACKER + i, random.nextInt(0x10000), SERVER, 80, random.nextInt(), 0, SYN, NOTHING);
      }
    }

    @Override
    int connections(int scale) {
      return 1_000_000 * scale;
    }
  },
  /** Requests that never come to their head's end, all at the same time. */
  ENDLESS_HEADS {
    @Override
    void attack(PcapStream out, int scale) throws IOException {
      byte[] first = ("GET / HTTP/1.1\r\nHost: a\r\n").getBytes(ISO_8859_1);
      byte[] line = ("X: " + "x".repeat(4091) + "\r\n").getBytes(ISO_8859_1);
      for (int segment = 0; segment < 70; segment++) {
        byte[] payload = segment == 0 ? first : line;
        int seq = 1 + (segment == 0 ? 0 : first.length + (segment - 1) * line.length);
        for (int i = 0; i < connections(scale); i++) {
          out.tcp(ATTACKER + i, 4000, SERVER, 80, seq, 1, ACK, payload);
        }
      }
    }

    @Override
    int connections(int scale) {
      return 500 * scale;
    }
  },
  /** Single bytes, each behind a hole, on many connections. */
  ONE_BYTE_SEGMENTS {
    @Override
    void attack(PcapStream out, int scale) throws IOException {
      byte[] one = {'x'};
      for (int i = 0; i < connections(scale); i++) {
        out.tcp(ATTACKER + i, 4000, SERVER, 80, 0, 1, ACK | PSH, one);
      }
      for (int segment = 1; segment <= 600; segment++) {
        for (int i = 0; i < connections(scale); i++) {
          out.tcp(ATTACKER + i, 4000, SERVER, 80, 2 * segment, 1, ACK | PSH, one);
        }
      }
    }

    @Override
    int connections(int scale) {
      return 1000 * scale;
    }
  },
  /** Segments anywhere in a window, one over the other. */
  OVERLAPPING {
    @Override
    void attack(PcapStream out, int scale) throws IOException {
      Random random = new Random(1);
      byte[] payload = new byte[1400];
      for (int i = 0; i < connections(scale); i++) {
        out.tcp(ATTACKER + i, 4000, SERVER, 80, 0, 1, ACK | PSH, new byte[] {'x', 'y'});
      }
      for (int i = 0; i < 200 * connections(scale); i++) {
        int attacker = ATTACKER + random.nextInt(connections(scale));
        out.tcp(attacker, 4000, SERVER, 80, 3 + random.nextInt(1 << 20), 1, ACK, payload);
      }
    }

    @Override
    int connections(int scale) {
      return 500 * scale;
    }
  },
  /** First fragments of datagrams that never become whole. */
  FRAGMENTS {
    @Override
    void attack(PcapStream out, int scale) throws IOException {
      byte[] payload = new byte[1400];
      for (int i = 0; i < 100_000 * scale; i++) {
        out.fragment(ATTACKER + (i >>> 16), SERVER, i, payload);
      }
    }

    @Override
    int connections(int scale) {
      return 0;
    }
  };

  private static final int SERVER = 0x0a000001;
  private static final int CLIENT = 0x0a000002;
  private static final int ATTACKER = 0x20000000;
  private static final byte[] NOTHING = {};

  abstract void attack(PcapStream out, int scale) throws IOException;

  /** How many connections the attack is made of. */
  abstract int connections(int scale);

  /** A request, the attack, and the request's response. */
  void write(PcapStream out, int scale) throws IOException {
    byte[] request = "GET /through HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(ISO_8859_1);
    byte[] response = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(ISO_8859_1);
    out.tcp(CLIENT, 4000, SERVER, 80, 0, 0, SYN, NOTHING);
    out.tcp(SERVER, 80, CLIENT, 4000, 0, 1, SYN | ACK, NOTHING);
    out.tcp(CLIENT, 4000, SERVER, 80, 1, 1, ACK | PSH, request);
    attack(out, scale);
    out.tcp(SERVER, 80, CLIENT, 4000, 1, 1 + request.length, ACK | PSH, response);
  }
}
