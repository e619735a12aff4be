# SPDX-License-Identifier: Apache-2.0
"""Answers as the target asks; inside of a tunnel, too."""
import threading
import time

from peers import listen, next_head, share_a_cpu, take

LENGTH = 'Content-Length:'


def answer(c, status, length, body=b''):
    c.sendall(('HTTP/1.1 %s\r\n%s %d\r\n\r\n' % (status, LENGTH, length)).encode() + body)


def like_a_response(length, size):
    """Bytes that begin like a response with a body of that length."""
    return (b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % length + b'y' * size)[:size]


def coded(c):
    c.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 300000\r\n\r\n')
    c.sendall(b'%x\r\n' % 70000 + b'y' * 70000 + b'\r\n0\r\n\r\n')


def hints(c):
    answer(c, '103 Early Hints', 200000)
    time.sleep(.02)
    answer(c, '200 OK', 100000, b'y' * 100000)


def apart(c):
    answer(c, '200 OK', 400000)
    time.sleep(.02)
    c.sendall(b'y' * 400000)


def websocket(c):
    c.sendall(b'HTTP/1.1 101 Switching Protocols\r\n'
              b'Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    n = 200000
    c.recv(100)
    c.sendall(b'\x82\x14' + b'q' * 20 + b'\x82\x7f' + n.to_bytes(8, 'big'))
    c.recv(100)
    c.sendall(like_a_response(300000, n))
    c.recv(100)
    c.sendall(b'\x88\x02\x03\xe8')


def respond(c, method, target):
    """Whether the connection goes on."""
    if method == 'CONNECT':
        c.sendall(b'HTTP/1.1 200 Connected\r\n\r\n')
    elif method == 'HEAD':
        answer(c, '200 OK', 3000000)
    elif target == '/304':
        answer(c, '304 Not Modified', 100000)
    elif target == '/204':
        answer(c, '204 No Content', 100000)
    elif target == '/coded':
        coded(c)
    elif target == '/hints':
        hints(c)
    elif target == '/http':
        answer(c, '200 OK', 300000, like_a_response(90000, 300000))
    elif target == '/apart':
        apart(c)
    elif target == '/ws':
        websocket(c)
        return False
    else:
        n = int(target[1:])
        answer(c, '200 OK', n, b'y' * n)
    return True


def serve(c):
    while True:
        request = next_head(c).decode()
        if not request:
            break
        method, target = request.split(' ')[:2]
        if 'Expect:' in request:
            if target == '/refused':
                answer(c, '417 Expectation Failed', 0)
                continue
            c.sendall(b'HTTP/1.1 100 Continue\r\nContent-Length: 99999\r\n\r\n')
        for line in request.split('\r\n'):
            if line.startswith(LENGTH):
                take(c, int(line[len(LENGTH):]))
        if not respond(c, method, target):
            break
    c.close()


share_a_cpu()
listening = listen()
while True:
    threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()
