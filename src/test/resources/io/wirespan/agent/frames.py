# SPDX-License-Identifier: Apache-2.0
"""Frames of connections that are nobody's, put on an interface as they are."""
import socket
import struct

ETHERNET = b'\xff' * 6 + b'\x02' * 6 + b'\x08\x00'
CLIENT, SERVER = '10.99.0.2', '10.99.0.1'
ACK, PSH = 0x10, 0x08


class Link:
    def __init__(self, interface):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.socket.bind((interface, 0))

    def send(self, source, destination, payload, identification=0, fragment=0, padding=b''):
        """An IPv4 packet (RFC 791), with bytes behind it that are not its own."""
        header = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), identification, fragment,
                             64, 6, 0, socket.inet_aton(source), socket.inet_aton(destination))
        self.socket.send(ETHERNET + header + payload + padding)


def segment(ports, seq, ack, payload=b''):
    """A TCP segment (RFC 9293, section 3.1) without options."""
    flags = ACK | PSH if payload else ACK
    return struct.pack('!HHIIBBHHH', *ports, seq, ack, 0x50, flags, 65535, 0, 0) + payload
