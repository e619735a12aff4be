# SPDX-License-Identifier: Apache-2.0
"""Requests and responses of connections that are nobody's, every other one in two fragments.

Arguments: the interface, how many connections, how many exchanges on each.
"""
import socket
import struct
import sys

ETHERNET = b'\xff' * 6 + b'\x02' * 6 + b'\x08\x00'
CLIENT, SERVER = '10.99.0.2', '10.99.0.1'
MORE_FRAGMENTS = 0x2000

link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind((sys.argv[1], 0))
packets = 0


def send_ip(source, destination, payload, fragment):
    header = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), packets, fragment, 64, 6, 0,
                         socket.inet_aton(source), socket.inet_aton(destination))
    link.send(ETHERNET + header + payload)


def send(source, destination, ports, seq, ack, payload, fragmented):
    global packets
    packets += 1
    segment = struct.pack('!HHIIBBHHH', *ports, seq, ack, 0x50, 0x18, 65535, 0, 0) + payload
    if fragmented:
        # The second one first: 3 times 8 bytes of the segment come before it.
        send_ip(source, destination, segment[24:], 3)
        send_ip(source, destination, segment[:24], MORE_FRAGMENTS)
    else:
        send_ip(source, destination, segment, 0)


flows = int(sys.argv[2])
at = [(1, 1)] * flows
for n in range(int(sys.argv[3])):
    for flow in range(flows):
        port = 40000 + flow
        sent, received = at[flow]
        request = b'GET /f/%d/%d HTTP/1.1\r\nHost: a\r\n\r\n' % (flow, n)
        response = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
        send(CLIENT, SERVER, (port, 80), sent, received, request, (flow + n) % 2 == 0)
        sent += len(request)
        send(SERVER, CLIENT, (80, port), received, sent, response, (flow + n) % 2 == 1)
        at[flow] = (sent, received + len(response))
