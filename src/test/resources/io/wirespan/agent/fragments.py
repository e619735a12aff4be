# SPDX-License-Identifier: Apache-2.0
"""Requests and responses, every other one in two fragments.

Arguments: the interface, how many connections, how many exchanges on each.
"""
import sys

from frames import CLIENT, SERVER, Link, segment

MORE_FRAGMENTS = 0x2000

link = Link(sys.argv[1])
packets = 0


def send(source, destination, ports, seq, ack, payload, fragmented):
    global packets
    packets += 1
    whole = segment(ports, seq, ack, payload)
    if fragmented:
        # The second one first: 3 times 8 bytes of the segment come before it.
        link.send(source, destination, whole[24:], packets, 3)
        link.send(source, destination, whole[:24], packets, MORE_FRAGMENTS)
    else:
        link.send(source, destination, whole, packets)


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
