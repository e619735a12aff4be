# SPDX-License-Identifier: Apache-2.0
"""VLAN 5 over the interface that is the argument: see VlanTap.java."""
import fcntl
import os
import select
import socket
import struct
import sys

TUNSETIFF = 0x400454ca
TAP_NO_PI = 0x1002
SOL_PACKET = 263
PACKET_AUXDATA = 8
ETH_P_ALL = 3
TAG = b'\x81\x00\x00\x05'

tap = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(tap, TUNSETIFF, struct.pack('16sH14x', b'tap5', TAP_NO_PI))
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
raw.bind((sys.argv[1], ETH_P_ALL))
raw.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
print('up', flush=True)
while True:
    for ready in select.select([tap, raw], [], [])[0]:
        if ready == tap:
            frame = os.read(tap, 65536)
            raw.send(frame[:12] + TAG + frame[12:])
        else:
            frame, extra, _, address = raw.recvmsg(65536, 64)
            tag = struct.unpack('IIIHHHH', extra[0][2])[5] if extra else 0
            if tag == 5 and address[2] != socket.PACKET_OUTGOING:
                os.write(tap, frame)
