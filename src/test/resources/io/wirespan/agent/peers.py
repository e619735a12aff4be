# SPDX-License-Identifier: Apache-2.0
"""Clients and servers of tests: the words that their scripts share.

Their first argument is the server's address. Whoever runs them may have them wait for a file that
the second one names.
"""
import os
import socket
import struct
import sys
import time

ADDRESS = sys.argv[1]
PORT = 8080
GO_ON = sys.argv[2] if len(sys.argv) > 2 else None
MEGABYTE = b'x' * 1000000


def share_a_cpu():
    """With the peer: two might bring a connection's segments to two hooks in different orders."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def listen():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((ADDRESS, PORT))
    s.listen(50)
    print('up', flush=True)
    return s


def connect(port=0, receive_buffer=0):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if receive_buffer:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    if port:
        s.bind(('', port))
    s.connect((ADDRESS, PORT))
    return s


def next_head(c):
    """A message's head, byte by byte so that nothing behind it is taken; none at the end."""
    head = b''
    while not head.endswith(b'\r\n\r\n'):
        byte = c.recv(1)
        if not byte:
            if head:
                raise EOFError(head)
            break
        head += byte
    return head


def head(c):
    found = next_head(c)
    if not found:
        raise EOFError
    return found


def take(c, n):
    """Exactly so many bytes."""
    while n > 0:
        some = c.recv(min(n, 1 << 20))
        if not some:
            raise EOFError(n)
        n -= len(some)


def take_all(c, n):
    """So many bytes, and then the end."""
    take(c, n)
    if c.recv(1):
        raise ValueError('more than expected')


def get(c, target, n, method='GET'):
    c.sendall(('%s %s HTTP/1.1\r\nHost: a\r\n\r\n' % (method, target)).encode())
    head(c)
    take(c, n)


def put_slowly(c, n):
    """More than a megabyte, of which little follows the first one before it may go on."""
    c.sendall(MEGABYTE)
    n -= len(MEGABYTE)
    while n > 1000 and not os.path.exists(GO_ON):
        c.sendall(MEGABYTE[:1000])
        time.sleep(.05)
        n -= 1000
    while n > 0:
        some = MEGABYTE[:n]
        c.sendall(some)
        n -= len(some)


def reset(c):
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    c.close()
