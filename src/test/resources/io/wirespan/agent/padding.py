# SPDX-License-Identifier: Apache-2.0
"""Two requests and responses, each acknowledged by a frame that a network card has padded to 60
bytes (IEEE 802.3, clause 4). Argument: the interface.
"""
import sys

from frames import CLIENT, SERVER, Link, segment

UP, DOWN = (40000, 80), (80, 40000)
RESPONSE = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
PADDING = b'pad it'  # behind 14 + 20 + 20 bytes

link = Link(sys.argv[1])
sent, received = 1, 1
for request in (b'GET /1 HTTP/1.1\r\nHost: a\r\n\r\n', b'GET /2 HTTP/1.1\r\nHost: a\r\n\r\n'):
    link.send(CLIENT, SERVER, segment(UP, sent, received, request))
    sent += len(request)
    link.send(SERVER, CLIENT, segment(DOWN, received, sent), padding=PADDING)
    link.send(SERVER, CLIENT, segment(DOWN, received, sent, RESPONSE))
    received += len(RESPONSE)
    link.send(CLIENT, SERVER, segment(UP, sent, received), padding=PADDING)
